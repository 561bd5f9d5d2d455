//! Content-Type, and the parts of a multipart body (RFC 3261 §20.15, RFC 2046 §5.1, RFC 5621).

use std::borrow::Cow;

use super::bytes::{Scan, TOKEN, trim};
use super::fault::Fault;
use super::name::Name;
use super::params::Params;
use super::view::Message;

/// The most parts we look into.
const PARTS_MAX: usize = 16;
/// How deep multiparts may nest.
const NESTING_MAX: usize = 3;
/// The longest boundary (RFC 2046 §5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;

/// A media type with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentType<'a> {
    /// Before the slash.
    pub media: &'a [u8],
    /// After it.
    pub subtype: &'a [u8],
    /// `boundary`, `charset` and the like.
    pub params: Params<'a>,
}

impl<'a> ContentType<'a> {
    /// Reads `media/subtype *(;param)`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::new(trim(value));
        let media = scan.run(TOKEN);
        scan.space();
        if media.is_empty() || !scan.eat(b'/') {
            return None;
        }
        scan.space();
        let subtype = scan.run(TOKEN);
        scan.space();
        if subtype.is_empty() || !matches!(scan.peek(), None | Some(b';')) {
            return None;
        }
        Some(ContentType { media, subtype, params: Params::new(scan.rest()) })
    }

    /// Whether it is this `media/subtype`, whatever its case.
    pub fn is(&self, kind: &str) -> bool {
        kind.split_once('/').is_some_and(|(media, subtype)| {
            self.media.eq_ignore_ascii_case(media.as_bytes())
                && self.subtype.eq_ignore_ascii_case(subtype.as_bytes())
        })
    }

    fn boundary(&self) -> Option<Cow<'a, [u8]>> {
        let multipart = self.media.eq_ignore_ascii_case(b"multipart");
        let boundary = self.params.get("boundary").filter(|_| multipart)?.text();
        (!boundary.is_empty() && boundary.len() <= BOUNDARY_BYTES_MAX).then_some(boundary)
    }
}

impl<'a> Message<'a> {
    /// The body's media type.
    pub fn content_type(&self) -> Result<ContentType<'a>, Fault> {
        let value = self.header(Name::ContentType).ok_or(Fault::Missing(Name::ContentType))?;
        ContentType::parse(value).ok_or(Fault::Malformed(Name::ContentType))
    }

    /// The body of this media type: the whole body, or the first such part of a multipart (RFC 5621 §3.1).
    pub fn body_of(&self, kind: &str) -> Option<&'a [u8]> {
        let content_type = self.content_type().ok()?;
        find(content_type, self.body(), kind, NESTING_MAX)
    }
}

fn find<'a>(content_type: ContentType<'_>, body: &'a [u8], kind: &str, depth: usize) -> Option<&'a [u8]> {
    if content_type.is(kind) {
        return Some(body);
    }
    let boundary = content_type.boundary()?;
    let deeper = depth.checked_sub(1)?;
    Parts::new(body, &boundary).find_map(|part| {
        // RFC 2046 §5.1: a part without a type is text/plain.
        let value = part.header(Name::ContentType)?;
        find(ContentType::parse(value)?, part.body, kind, deeper)
    })
}

/// One part of a multipart body.
struct Part<'a> {
    head: &'a [u8],
    body: &'a [u8],
}

impl<'a> Part<'a> {
    /// Headers end at the first empty line; a part may begin with it.
    fn new(bytes: &'a [u8]) -> Self {
        let mut at = 0;
        while let Some(length) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)) {
            let line = bytes.get(at..at + length).unwrap_or_default();
            let next = at + length + 1;
            if line.is_empty() || line == b"\r" {
                let (head, body) = (bytes.get(..at), bytes.get(next..));
                return Part { head: head.unwrap_or_default(), body: body.unwrap_or_default() };
            }
            at = next;
        }
        Part { head: bytes, body: &[] }
    }

    fn header(&self, name: Name) -> Option<&'a [u8]> {
        self.head.split(|&byte| byte == b'\n').find_map(|line| {
            let colon = memchr::memchr(b':', line)?;
            let (spelling, value) = line.split_at(colon);
            (Name::from_bytes(trim(spelling)) == name).then(|| trim(value.get(1..).unwrap_or_default()))
        })
    }
}

/// The parts between delimiter lines.
struct Parts<'a, 'b> {
    rest: &'a [u8],
    boundary: &'b [u8],
    left: usize,
}

impl<'a, 'b> Parts<'a, 'b> {
    fn new(body: &'a [u8], boundary: &'b [u8]) -> Self {
        let mut parts = Parts { rest: body, boundary, left: PARTS_MAX };
        // What stands before the first delimiter is preamble.
        if parts.take_to_delimiter().is_none() {
            parts.left = 0;
        }
        parts
    }

    /// Takes what stands before the next delimiter line, and that line; nothing at the end.
    fn take_to_delimiter(&mut self) -> Option<&'a [u8]> {
        let mut from = 0;
        loop {
            let at = from + memchr::memmem::find(self.rest.get(from..)?, b"--")?;
            let after = self.rest.get(at + 2..)?;
            let at_line_start = at == 0 || self.rest.get(at - 1) == Some(&b'\n');
            if at_line_start && let Some(tail) = after.strip_prefix(self.boundary) {
                let before = self.rest.get(..at)?;
                let before = before.strip_suffix(b"\n").unwrap_or(before);
                let before = before.strip_suffix(b"\r").unwrap_or(before);
                if tail.starts_with(b"--") {
                    self.left = 1;
                }
                self.rest = tail.get(memchr::memchr(b'\n', tail).map_or(tail.len(), |end| end + 1)..)?;
                return Some(before);
            }
            from = at + 2;
        }
    }
}

impl<'a> Iterator for Parts<'a, '_> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if self.left == 0 {
            return None;
        }
        let part = self.take_to_delimiter();
        self.left -= 1;
        part.map(Part::new)
    }
}
