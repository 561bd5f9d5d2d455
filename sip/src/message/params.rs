//! Parameters after a header's value: `;name`, `;name=token`, `;name="quoted"`, white space anywhere.

use std::borrow::Cow;

use super::bytes::{Scan, TOKEN, VALUE, trim, unquote};

/// The most parameters we look at in one value.
pub const PARAMETERS_MAX: usize = 64;

/// One parameter; a quoted value keeps its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// The name as written; compare without case.
    pub name: &'a [u8],
    /// The value as written, if there is one.
    pub value: Option<&'a [u8]>,
}

impl<'a> Param<'a> {
    /// The value with quotes and escapes resolved; empty if there is none.
    pub fn text(&self) -> Cow<'a, [u8]> {
        unquote(self.value.unwrap_or_default())
    }
}

/// The parameters of a header value, read when asked; iterating stops at what is no parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a> {
    rest: &'a [u8],
}

impl<'a> Params<'a> {
    /// Over what follows the value proper, from the first semicolon.
    pub fn new(rest: &'a [u8]) -> Self {
        Params { rest: trim(rest) }
    }

    /// The bytes as written, from the first semicolon.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.rest
    }

    /// The first parameter of this name, whatever its case.
    pub fn get(&self, name: &str) -> Option<Param<'a>> {
        (*self).into_iter().find(|param| param.name.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The value of the first parameter of this name, if both are there.
    pub fn value(&self, name: &str) -> Option<&'a [u8]> {
        self.get(name)?.value
    }

    /// Whether all of it is `*(SEMI generic-param)` (RFC 3261 §25.1), at most `PARAMETERS_MAX` of them.
    pub fn are_sound(&self) -> bool {
        let mut scan = Scan::new(self.rest);
        let mut count = 0;
        while !scan.is_empty() {
            count += 1;
            if count > PARAMETERS_MAX
                || !scan.eat(b';')
                || param(&mut scan).is_none_or(|param| param.value == Some(b""))
            {
                return false;
            }
        }
        true
    }
}

impl<'a> IntoIterator for Params<'a> {
    type Item = Param<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        Iter { scan: Scan::new(self.rest), left: PARAMETERS_MAX }
    }
}

/// Iterator over [`Params`].
#[derive(Clone)]
pub struct Iter<'a> {
    scan: Scan<'a>,
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        self.left = self.left.checked_sub(1)?;
        while self.scan.eat(b';') {
            self.scan.space();
        }
        param(&mut self.scan)
    }
}

/// `name [= value]` and the white space after it.
fn param<'a>(scan: &mut Scan<'a>) -> Option<Param<'a>> {
    scan.space();
    let name = scan.run(TOKEN);
    if name.is_empty() {
        return None;
    }
    scan.space();
    if !scan.eat(b'=') {
        return Some(Param { name, value: None });
    }
    scan.space();
    let before = scan.rest();
    let value = match scan.quoted() {
        Some(inner) => before.get(..inner.len() + 2)?,
        None => scan.run(VALUE),
    };
    scan.space();
    Some(Param { name, value: Some(value) })
}
