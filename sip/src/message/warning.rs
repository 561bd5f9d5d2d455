//! The Warning header: more about a refusal, for people (RFC 3261 §20.43).

use std::borrow::Cow;

use super::bytes::{SPACE, Scan, TOKEN, is, number, trim, unescape};
use super::name::Name;
use super::view::Message;

/// One warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning<'a> {
    /// Three digits: 300 to 399.
    pub code: u16,
    /// Who warns: a host or a pseudonym.
    pub agent: &'a [u8],
    /// What to tell a person.
    pub text: Cow<'a, [u8]>,
}

impl<'a> Warning<'a> {
    /// Reads `code agent "text"`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::new(trim(value));
        let code = u16::try_from(number(scan.run(TOKEN), 999)?).ok().filter(|code| *code >= 100)?;
        scan.space();
        let rest = scan.rest();
        let agent = rest.get(..rest.iter().position(|&byte| is(byte, SPACE))?)?;
        let mut scan = Scan::new(rest.get(agent.len()..)?);
        scan.space();
        let text = unescape(scan.quoted()?);
        scan.is_empty().then_some(Warning { code, agent, text })
    }
}

impl<'a> Message<'a> {
    /// Every warning that can be read.
    pub fn warnings(&self) -> impl Iterator<Item = Warning<'a>> + '_ {
        self.values(Name::Warning).filter_map(Warning::parse)
    }
}
