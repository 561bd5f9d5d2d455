//! Addresses with a name and parameters: From, To, Contact, Route and their like (RFC 3261 §20.10).

use std::borrow::Cow;

use super::bytes::{self, DISPLAY, SPACE, Scan, all, trim};
use super::params::Params;
use super::uri::Uri;

/// A `name-addr` or `addr-spec` with the header's parameters.
#[derive(Clone, Copy, Debug)]
pub struct NameAddr<'a> {
    /// The display name as written, a quoted one without its quotes.
    display: &'a [u8],
    quoted: bool,
    bracketed: bool,
    /// The URI as written.
    pub uri_bytes: &'a [u8],
    /// The header's parameters (not the URI's).
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Reads one address; a sloppy display name or spaces inside the brackets are let through.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let value = trim(value);
        let mut scan = Scan::new(value);
        if scan.peek() == Some(b'"') {
            let display = scan.quoted()?;
            scan.space();
            return Self::bracketed(display, true, scan);
        }
        let Some(at) = memchr::memchr(b'<', value) else { return Self::bare(value) };
        // An angle bracket after a semicolon belongs to a parameter's quoted value.
        if memchr::memchr(b';', value).is_some_and(|semicolon| semicolon < at) {
            return Self::bare(value);
        }
        let (display, rest) = value.split_at(at);
        Self::bracketed(trim(display), false, Scan::new(rest))
    }

    fn bracketed(display: &'a [u8], quoted: bool, mut scan: Scan<'a>) -> Option<Self> {
        if !scan.eat(b'<') {
            return None;
        }
        let uri_bytes = scan.until(b'>')?;
        scan.space();
        if !matches!(scan.peek(), None | Some(b';')) {
            return None;
        }
        Some(NameAddr { display, quoted, bracketed: true, uri_bytes, params: Params::new(scan.rest()) })
    }

    /// Without brackets a semicolon begins the header's parameters (RFC 3261 §20.10).
    fn bare(value: &'a [u8]) -> Option<Self> {
        let end = memchr::memchr(b';', value).unwrap_or(value.len());
        let (uri, params) = value.split_at(end);
        let uri_bytes = trim(uri);
        if uri_bytes.is_empty() {
            return None;
        }
        Some(NameAddr {
            display: &[],
            quoted: false,
            bracketed: false,
            uri_bytes,
            params: Params::new(params),
        })
    }

    /// The URI taken apart; nothing if it is none.
    pub fn uri(&self) -> Option<Uri<'a>> {
        Uri::parse(trim(self.uri_bytes))
    }

    /// The display name, escapes and folds resolved; nothing if there is none.
    pub fn display(&self) -> Option<Cow<'a, [u8]>> {
        if self.display.is_empty() {
            return None;
        }
        if !self.quoted {
            return Some(bytes::unfold(self.display));
        }
        match bytes::unescape(self.display) {
            Cow::Borrowed(plain) => Some(bytes::unfold(plain)),
            Cow::Owned(plain) => Some(Cow::Owned(bytes::unfold(&plain).into_owned())),
        }
    }

    /// The dialog's tag.
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.params.value("tag")
    }

    /// Whether the URI stands in angle brackets.
    pub fn is_bracketed(&self) -> bool {
        self.bracketed
    }

    /// Whether it keeps to the grammar: display name of tokens or quoted, a sound URI, sound parameters.
    pub fn is_sound(&self) -> bool {
        let named = self.quoted || all(self.display, DISPLAY | SPACE);
        let Some(uri) = Uri::parse(self.uri_bytes) else { return false };
        let plain = self.bracketed || !uri.bytes.iter().any(|byte| b",?".contains(byte));
        named && plain && uri.is_sound() && self.params.are_sound()
    }
}
