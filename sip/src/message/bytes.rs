//! Bytes of the SIP grammar: their classes, and a scanner that only moves forward.

use std::borrow::Cow;

/// `token` of RFC 3261 §25.1.
pub(super) const TOKEN: u8 = 1;
/// Characters of an addr-spec that stands without angle brackets or inside them: no space, quote, control or bracket.
pub(super) const URI: u8 = 2;
/// White space inside a value, the line ends of a fold included.
pub(super) const SPACE: u8 = 4;
/// What we let stand unquoted as a parameter's value: token, the colons and brackets of an IPv6 address,
/// and the `/`, `=` and `@` that peers leave unquoted.
pub(super) const VALUE: u8 = 8;
/// What a user part may hold unescaped (`unreserved`, `user-unreserved`, and `%`).
pub(super) const USER: u8 = 16;
/// What a host name may hold (letters, digits, `-`, `.`, and the `_` seen in the field).
pub(super) const HOST: u8 = 32;
/// What an unquoted display name may hold: tokens, and non-ASCII bytes as the field sends them.
pub(super) const DISPLAY: u8 = 64;
/// What a URI parameter may hold (`paramchar` and `%`).
pub(super) const PARAM: u8 = 128;

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, over fixed arrays")]
const fn mark(mut table: [u8; 256], bytes: &[u8], class: u8) -> [u8; 256] {
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] |= class;
        at += 1;
    }
    table
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, over fixed arrays")]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0x80;
    while byte < 256 {
        table[byte] = DISPLAY | URI;
        byte += 1;
    }
    let everywhere = TOKEN | URI | VALUE | USER | HOST | DISPLAY | PARAM;
    let table = mark(table, b"0123456789abcdefghijklmnopqrstuvwxyz", everywhere);
    let table = mark(table, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", everywhere);
    let table = mark(table, b"-.!%*_+`'~", TOKEN | VALUE | DISPLAY);
    let table = mark(table, b"[]:/=@", VALUE);
    let table = mark(table, b" \t\r\n", SPACE);
    let table = mark(table, b"-.!%*_+`'~[]:/?;,=&@$()#|^{}", URI);
    let table = mark(table, b"-_.!~*'()%&=+$,;?/#:", USER);
    let table = mark(table, b"-_.!~*'()%[]/:&+$", PARAM);
    mark(table, b"-._", HOST)
}

static CLASSES: [u8; 256] = classes();

/// Whether `byte` belongs to one of the classes.
#[inline]
#[expect(clippy::indexing_slicing, reason = "a table of 256 indexed by a byte")]
pub(super) fn is(byte: u8, class: u8) -> bool {
    CLASSES[usize::from(byte)] & class != 0
}

/// Whether every byte belongs to one of the classes.
#[inline]
pub(super) fn all(bytes: &[u8], class: u8) -> bool {
    bytes.iter().all(|&byte| is(byte, class))
}

/// Whether the bytes are a non-empty `token`.
#[inline]
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && all(bytes, TOKEN)
}

/// The bytes without white space (and folds) at either end.
#[inline]
pub(super) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is(*first, SPACE)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is(*last, SPACE)
    {
        bytes = rest;
    }
    bytes
}

/// A number of decimal digits only; nothing if it is empty, holds anything else, or is above `max`.
pub(super) fn number(digits: &[u8], max: u64) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let mut value: u64 = 0;
    for &byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
        if value > max {
            return None;
        }
    }
    Some(value)
}

/// The value as one line: each fold becomes a single space (RFC 3261 §7.3.1). Borrowed when nothing is folded.
pub fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'\r', b'\n', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut line = Vec::with_capacity(value.len());
    unfold_into(value, &mut line);
    Cow::Owned(line)
}

/// Appends the value as one line: any run of white space that holds a CR or LF becomes a single space.
pub(super) fn unfold_into(value: &[u8], out: &mut Vec<u8>) {
    let mut rest = value;
    while let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before.trim_ascii_end());
        out.push(b' ');
        rest = trim_start(after);
    }
    out.extend_from_slice(rest);
}

fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is(*first, SPACE)
    {
        bytes = rest;
    }
    bytes
}

/// A quoted string's content with its escapes resolved; anything else as it is.
pub fn unquote(value: &[u8]) -> Cow<'_, [u8]> {
    let [b'"', inner @ .., b'"'] = value else {
        return Cow::Borrowed(value);
    };
    unescape(inner)
}

/// The inside of a quoted string with its `quoted-pair`s resolved.
pub(super) fn unescape(inner: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', inner).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut plain = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(if byte == b'\\' { *bytes.next().unwrap_or(&b'\\') } else { byte });
    }
    Cow::Owned(plain)
}

/// The bytes with `%XX` escapes resolved; a broken escape stays as it is.
pub fn percent_decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'%', bytes).is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len());
    plain.extend(decoded(bytes));
    Cow::Owned(plain)
}

/// The bytes one by one, `%XX` escapes resolved.
pub(super) fn decoded(bytes: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if let [b'%', high, low, after @ ..] = rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            rest = after;
            return Some(high << 4 | low);
        }
        let (&first, after) = rest.split_first()?;
        rest = after;
        Some(first)
    })
}

/// Whether every `%` is followed by two hexadecimal digits.
pub(super) fn escapes_are_sound(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'%', rest) {
        let Some([high, low, after @ ..]) = rest.get(at + 1..) else { return false };
        if hex(*high).is_none() || hex(*low).is_none() {
            return false;
        }
        rest = after;
    }
    true
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// A scanner over a value; white space includes folds.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Scan { rest }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes `byte` if it is next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    pub(super) fn space(&mut self) {
        self.rest = trim_start(self.rest);
    }

    /// Takes the longest run of bytes of the class.
    pub(super) fn run(&mut self, class: u8) -> &'a [u8] {
        let length = self.rest.iter().position(|&byte| !is(byte, class)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// Takes everything before the first of `byte`, and `byte` itself.
    pub(super) fn until(&mut self, byte: u8) -> Option<&'a [u8]> {
        let at = memchr::memchr(byte, self.rest)?;
        let (taken, rest) = self.rest.split_at(at);
        self.rest = rest.get(1..).unwrap_or_default();
        Some(taken)
    }

    /// Takes a comment if one is next, closed, and nested no deeper than `depth`; its inside.
    pub(super) fn comment(&mut self, depth: usize) -> Option<&'a [u8]> {
        let (mut open, mut at) = (0, 0);
        loop {
            match self.rest.get(at)? {
                b'(' => open += 1,
                b')' => open -= 1,
                b'\\' => at += 1,
                _ => {}
            }
            at += 1;
            if open == 0 || open > depth {
                break;
            }
        }
        let inner = self.rest.get(1..at.checked_sub(1)?).filter(|_| open == 0)?;
        self.rest = self.rest.get(at..)?;
        Some(inner)
    }

    /// Takes a quoted string if one is next and closed; its inside, escapes untouched.
    pub(super) fn quoted(&mut self) -> Option<&'a [u8]> {
        let [b'"', inner @ ..] = self.rest else { return None };
        let mut at = 0;
        loop {
            at += memchr::memchr2(b'"', b'\\', inner.get(at..)?)?;
            match inner.get(at) {
                Some(b'"') => break,
                _ => at += 2,
            }
        }
        self.rest = inner.get(at + 1..)?;
        inner.get(..at)
    }
}
