//! A message over its original bytes, and the typed views of its headers.

use super::bytes::{self, trim};
use super::cseq::{CSeq, RAck};
use super::fault::{Fault, Flaw};
use super::list::List;
use super::method::Method;
use super::name::Name;
use super::name_addr::NameAddr;
use super::parse::{Entries, Entry, Span};
use super::uri::Uri;
use super::via::Via;

/// The start line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// `Method SP Request-URI SP SIP-Version`
    Request(Method),
    /// `SIP-Version SP Status-Code SP Reason-Phrase`
    Response(u16),
}

/// A message; borrows the bytes it was parsed from and copies none.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) head: Head,
    pub(super) entries: Entries<'a>,
}

/// Where the parts outside the headers are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) start: Start,
    pub(super) version: Span,
    /// The method of a request.
    pub(super) method: Span,
    /// The Request-URI, or the reason phrase.
    pub(super) target: Span,
    pub(super) body: Span,
    pub(super) flaw: Option<Flaw>,
}

/// One header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Which header it is.
    pub name: Name,
    /// Its name as written.
    pub name_bytes: &'a [u8],
    /// Its value, trimmed; folds are still inside ([`unfold`](super::unfold) resolves them).
    pub value: &'a [u8],
}

impl<'a> Message<'a> {
    /// The message's bytes, from the start line to the end of the body.
    pub fn as_bytes(&self) -> &'a [u8] {
        let end = self.head.body.end();
        self.bytes.get(..end).unwrap_or(self.bytes)
    }

    /// The kind of start line.
    pub fn start(&self) -> Start {
        self.head.start
    }

    /// Whether it is a request.
    pub fn is_request(&self) -> bool {
        matches!(self.head.start, Start::Request(_))
    }

    /// The request's method; nothing for a response.
    pub fn method(&self) -> Option<Method> {
        match self.head.start {
            Start::Request(method) => Some(method),
            Start::Response(_) => None,
        }
    }

    /// The request's method as written; empty for a response.
    pub fn method_bytes(&self) -> &'a [u8] {
        self.head.method.of(self.bytes)
    }

    /// The response's status; nothing for a request.
    pub fn status(&self) -> Option<u16> {
        match self.head.start {
            Start::Request(_) => None,
            Start::Response(status) => Some(status),
        }
    }

    /// The response's reason phrase; empty for a request.
    pub fn reason_phrase(&self) -> &'a [u8] {
        if self.is_request() { &[] } else { self.head.target.of(self.bytes) }
    }

    /// The Request-URI as written; empty for a response.
    pub fn uri_bytes(&self) -> &'a [u8] {
        if self.is_request() { self.head.target.of(self.bytes) } else { &[] }
    }

    /// The Request-URI taken apart.
    pub fn uri(&self) -> Option<Uri<'a>> {
        Uri::parse(self.uri_bytes())
    }

    /// The version as written: `SIP/2.0`.
    pub fn version(&self) -> &'a [u8] {
        self.head.version.of(self.bytes)
    }

    /// Start line and headers, the empty line included.
    pub(super) fn head_bytes(&self) -> &'a [u8] {
        let end = self.head.body.end() - self.body().len();
        self.bytes.get(..end).unwrap_or(self.bytes)
    }

    /// The body: what Content-Length says, or all that follows the headers without one.
    pub fn body(&self) -> &'a [u8] {
        self.head.body.of(self.bytes)
    }

    /// What is wrong with the frame, if anything; the first such thing.
    pub fn flaw(&self) -> Option<Flaw> {
        self.head.flaw
    }

    /// Every header in order.
    pub fn headers(&self) -> impl Iterator<Item = Header<'a>> + '_ {
        let bytes = self.bytes;
        self.entries.as_slice().iter().map(move |entry| header(entry, bytes))
    }

    /// The values of every header field of this name, one for each line.
    pub fn all(&self, name: Name) -> impl Iterator<Item = &'a [u8]> + '_ {
        let bytes = self.bytes;
        self.entries
            .as_slice()
            .iter()
            .filter(move |entry| entry.name == name)
            .map(move |entry| entry.value.of(bytes))
    }

    /// The value of the first header field of this name.
    pub fn header(&self, name: Name) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The values of a header field that has no [`Name`], whatever its case.
    pub fn named<'m>(&'m self, name: &'m [u8]) -> impl Iterator<Item = &'a [u8]> + 'm {
        self.headers()
            .filter(move |header| header.name == Name::Other && header.name_bytes.eq_ignore_ascii_case(name))
            .map(|header| header.value)
    }

    /// The elements of every header field of this name, comma-joined ones taken apart, empty ones left out.
    pub fn values(&self, name: Name) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.all(name).flat_map(List::new).filter(|element| !element.is_empty())
    }

    /// The topmost Via.
    pub fn via(&self) -> Result<Via<'a>, Fault> {
        self.vias().next().unwrap_or(Err(Fault::Missing(Name::Via)))
    }

    /// Every Via, topmost first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'a>, Fault>> + '_ {
        self.values(Name::Via).map(|value| Via::parse(value).ok_or(Fault::Malformed(Name::Via)))
    }

    /// The From.
    pub fn from(&self) -> Result<NameAddr<'a>, Fault> {
        self.view(Name::From, NameAddr::parse)
    }

    /// The To.
    pub fn to(&self) -> Result<NameAddr<'a>, Fault> {
        self.view(Name::To, NameAddr::parse)
    }

    /// The Call-ID.
    pub fn call_id(&self) -> Result<&'a [u8], Fault> {
        self.view(Name::CallId, |value| (!value.is_empty()).then_some(value))
    }

    /// The CSeq.
    pub fn cseq(&self) -> Result<CSeq<'a>, Fault> {
        self.view(Name::CSeq, CSeq::parse)
    }

    /// The RAck of a PRACK.
    pub fn rack(&self) -> Result<RAck<'a>, Fault> {
        self.view(Name::RAck, RAck::parse)
    }

    /// The RSeq of a reliable provisional response.
    pub fn rseq(&self) -> Result<u32, Fault> {
        self.number(Name::RSeq)
    }

    /// The addresses of Contact, Route, Record-Route and their like; `*` is malformed here, see `is_star_contact`.
    pub fn addresses(&self, name: Name) -> impl Iterator<Item = Result<NameAddr<'a>, Fault>> + '_ {
        self.values(name).map(move |value| NameAddr::parse(value).ok_or(Fault::Malformed(name)))
    }

    /// The first Contact.
    pub fn contact(&self) -> Result<NameAddr<'a>, Fault> {
        self.addresses(Name::Contact).next().unwrap_or(Err(Fault::Missing(Name::Contact)))
    }

    /// Whether Contact is `*`: a REGISTER that removes every binding.
    pub fn is_star_contact(&self) -> bool {
        self.header(Name::Contact) == Some(b"*")
    }

    /// Max-Forwards, 0 to 255.
    pub fn max_forwards(&self) -> Result<u8, Fault> {
        let read = |value| u8::try_from(bytes::number(value, 255)?).ok();
        self.view(Name::MaxForwards, read)
    }

    /// The length Content-Length gives.
    pub fn content_length(&self) -> Result<u32, Fault> {
        self.number(Name::ContentLength)
    }

    /// Expires, in seconds.
    pub fn expires(&self) -> Result<u32, Fault> {
        self.number(Name::Expires)
    }

    /// A header that is one decimal number below 2³².
    pub fn number(&self, name: Name) -> Result<u32, Fault> {
        let read = |value| u32::try_from(bytes::number(value, u64::from(u32::MAX))?).ok();
        self.view(name, read)
    }

    /// Whether a comma-joined set of tokens (Supported, Require, Allow…) holds `token`, whatever its case.
    pub fn lists(&self, name: Name, token: &str) -> bool {
        self.values(name).any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
    }

    fn view<T>(&self, name: Name, read: impl Fn(&'a [u8]) -> Option<T>) -> Result<T, Fault> {
        let value = self.header(name).ok_or(Fault::Missing(name))?;
        read(trim(value)).ok_or(Fault::Malformed(name))
    }
}

fn header<'a>(entry: &Entry, bytes: &'a [u8]) -> Header<'a> {
    Header { name: entry.name, name_bytes: entry.spelling.of(bytes), value: entry.value.of(bytes) }
}
