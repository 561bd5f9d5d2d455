//! One pass over the bytes: where the start line, each header and the body are, and nothing copied.

use super::bytes::{self, TOKEN, is};
use super::fault::{Flaw, ParseError};
use super::method::Method;
use super::name::Name;
use super::view::{Head, Message, Start};

/// The largest message: what one UDP datagram can hold.
pub const MESSAGE_BYTES_MAX: usize = 65_535;
/// The most header lines.
pub const HEADERS_MAX: usize = 256;
/// How many headers are indexed without an allocation.
const HEADERS_INLINE: usize = 64;

/// A piece of the message; 16 bits suffice for `MESSAGE_BYTES_MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    at: u16,
    length: u16,
}

impl Span {
    /// Out of range cannot happen below `MESSAGE_BYTES_MAX`; it would be an empty span.
    fn new(from: usize, to: usize) -> Self {
        match (u16::try_from(from), u16::try_from(to.saturating_sub(from))) {
            (Ok(at), Ok(length)) => Span { at, length },
            (Err(_), _) | (_, Err(_)) => Span::default(),
        }
    }

    pub(super) fn end(self) -> usize {
        usize::from(self.at) + usize::from(self.length)
    }

    #[inline]
    pub(super) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(usize::from(self.at)..self.end()).unwrap_or_default()
    }
}

/// Where one header is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub(super) name: Name,
    pub(super) spelling: Span,
    pub(super) value: Span,
}

/// The index of the headers.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "the inline table is what saves the allocation")]
pub(super) enum Entries<'a> {
    /// The usual message.
    Inline { table: [Entry; HEADERS_INLINE], count: usize },
    /// More headers than fit inline.
    Spilled(Vec<Entry>),
    /// The index lives with an owned message.
    Borrowed(&'a [Entry]),
}

impl Entries<'_> {
    #[inline]
    pub(super) fn as_slice(&self) -> &[Entry] {
        match self {
            Entries::Inline { table, count } => table.get(..*count).unwrap_or_default(),
            Entries::Spilled(entries) => entries,
            Entries::Borrowed(entries) => entries,
        }
    }

    /// Adds a header; false when there are too many.
    fn push(&mut self, entry: Entry) -> bool {
        match self {
            Entries::Inline { table, count } => {
                if let Some(slot) = table.get_mut(*count) {
                    *slot = entry;
                    *count += 1;
                } else {
                    let mut entries = Vec::with_capacity(HEADERS_MAX);
                    entries.extend_from_slice(table);
                    entries.push(entry);
                    *self = Entries::Spilled(entries);
                }
                true
            }
            Entries::Spilled(entries) => {
                let fits = entries.len() < HEADERS_MAX;
                if fits {
                    entries.push(entry);
                }
                fits
            }
            Entries::Borrowed(_) => false,
        }
    }

    fn last_mut(&mut self) -> Option<&mut Entry> {
        match self {
            Entries::Inline { table, count } => table.get_mut(count.checked_sub(1)?),
            Entries::Spilled(entries) => entries.last_mut(),
            Entries::Borrowed(_) => None,
        }
    }
}

/// Reads a message from a datagram, or from exactly one frame of a stream.
///
/// Lenient: whatever can be indexed is, so that a refusal can be answered; [`Message::flaw`] and
/// `validate` say what is wrong. Leading line ends are skipped (RFC 3261 §7.5), bytes beyond Content-Length ignored.
pub fn parse(datagram: &[u8]) -> Result<Message<'_>, ParseError> {
    let bytes = skip_line_ends(datagram);
    if bytes.is_empty() {
        return Err(ParseError::Empty);
    }
    if bytes.len() > MESSAGE_BYTES_MAX {
        return Err(ParseError::TooLarge);
    }
    let mut index = Index::new(bytes);
    let head = start_line(bytes, index.line().unwrap_or_default())?;
    while index.header() {}
    Ok(index.finish(head))
}

/// The bytes after any CR and LF at the beginning.
fn skip_line_ends(mut bytes: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// The pass in progress.
struct Index<'a> {
    bytes: &'a [u8],
    /// Where the next line begins.
    at: usize,
    entries: Entries<'a>,
    flaw: Option<Flaw>,
    content_length: Option<usize>,
}

impl<'a> Index<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let entries = Entries::Inline { table: [Entry::default(); HEADERS_INLINE], count: 0 };
        Index { bytes, at: 0, entries, flaw: None, content_length: None }
    }

    fn note(&mut self, flaw: Flaw) {
        self.flaw.get_or_insert(flaw);
    }

    /// The next line's span without its end; nothing at the end of the bytes.
    #[inline]
    fn line(&mut self) -> Option<(usize, usize)> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let from = self.at;
        let Some(length) = memchr::memchr(b'\n', rest) else {
            self.at = self.bytes.len();
            return Some((from, self.at));
        };
        self.at = from + length + 1;
        let to = from + length;
        if length > 0 && self.bytes.get(to - 1) == Some(&b'\r') {
            return Some((from, to - 1));
        }
        self.note(Flaw::LineEnd);
        Some((from, to))
    }

    /// Reads one header line; false when the headers are over.
    #[inline]
    fn header(&mut self) -> bool {
        let Some((from, to)) = self.line() else {
            self.note(Flaw::NoEndOfHeaders);
            return false;
        };
        let Some(line @ [first, ..]) = self.bytes.get(from..to) else { return false };
        if *first == b' ' || *first == b'\t' {
            self.continuation(from, line);
            return true;
        }
        let spelling = line.iter().position(|&byte| !is(byte, TOKEN)).unwrap_or(line.len());
        let mut colon = spelling;
        while let Some(b' ' | b'\t') = line.get(colon) {
            colon += 1;
        }
        if spelling == 0 || line.get(colon) != Some(&b':') {
            self.note(Flaw::HeaderLine);
            return true;
        }
        let name = Name::from_bytes(line.get(..spelling).unwrap_or_default());
        let value = trimmed(line, colon + 1, from);
        let entry = Entry { name, spelling: Span::new(from, from + spelling), value };
        if !self.entries.push(entry) {
            self.note(Flaw::TooManyHeaders);
            return self.skip_to_body();
        }
        true
    }

    /// Stretches the last header's value over a continuation line (RFC 3261 §7.3.1).
    fn continuation(&mut self, from: usize, line: &[u8]) {
        let more = trimmed(line, 0, from);
        let Some(last) = self.entries.last_mut() else { return self.note(Flaw::HeaderLine) };
        if last.value.length == 0 {
            last.value = more;
        } else if more.length > 0 {
            last.value = Span::new(usize::from(last.value.at), more.end());
        }
    }

    /// Skips what is left of the headers; false, as there is nothing more to read.
    fn skip_to_body(&mut self) -> bool {
        while let Some((from, to)) = self.line()
            && from != to
        {}
        false
    }

    fn finish(mut self, mut head: Head) -> Message<'a> {
        self.read_content_length();
        let available = self.bytes.len() - self.at;
        let length = self.content_length.unwrap_or(available);
        if length > available {
            self.note(Flaw::BodyTooShort);
        }
        head.body = Span::new(self.at, self.at + length.min(available));
        head.flaw = self.flaw;
        Message { bytes: self.bytes, head, entries: self.entries }
    }

    fn read_content_length(&mut self) {
        let mut lengths = self.entries.as_slice().iter().filter(|entry| entry.name == Name::ContentLength);
        let Some(first) = lengths.next() else { return };
        let several = lengths.next().is_some();
        let length = bytes::number(bytes::trim(first.value.of(self.bytes)), u64::from(u32::MAX));
        match length.and_then(|length| usize::try_from(length).ok()) {
            Some(length) if !several => self.content_length = Some(length),
            Some(_) | None => self.note(Flaw::ContentLength),
        }
    }
}

/// The part of the line from `begin` on, without white space at either end; `from` is where the line begins.
#[inline]
fn trimmed(line: &[u8], begin: usize, from: usize) -> Span {
    let value = line.get(begin..).unwrap_or_default();
    let right = value.trim_ascii_end();
    let left = right.len() - right.trim_ascii_start().len();
    Span::new(from + begin + left, from + begin + right.len())
}

/// Reads the first line. Superfluous spaces stay inside the Request-URI, for the strict reader to refuse.
fn start_line(bytes: &[u8], (from, to): (usize, usize)) -> Result<Head, ParseError> {
    let line = bytes.get(from..to).unwrap_or_default();
    let first = memchr::memchr(b' ', line).ok_or(ParseError::StartLine)?;
    let word = line.get(..first).unwrap_or_default();
    if is_version(word) {
        return status_line(line, first);
    }
    if !bytes::is_token(word) {
        return Err(ParseError::StartLine);
    }
    let trimmed = line.trim_ascii_end();
    let last = memchr::memrchr(b' ', trimmed).filter(|&last| last > first).ok_or(ParseError::StartLine)?;
    if !is_version(trimmed.get(last + 1..).unwrap_or_default()) {
        return Err(ParseError::StartLine);
    }
    Ok(Head {
        start: Start::Request(Method::from_bytes(word)),
        method: Span::new(0, first),
        target: Span::new(first + 1, last),
        // With trailing white space, so that the strict reader sees it.
        version: Span::new(last + 1, line.len()),
        body: Span::default(),
        flaw: None,
    })
}

fn status_line(line: &[u8], first: usize) -> Result<Head, ParseError> {
    let rest = line.get(first + 1..).unwrap_or_default();
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    let digits = rest.get(..end).filter(|digits| digits.len() == 3).ok_or(ParseError::StatusCode)?;
    let status = bytes::number(digits, 699).and_then(|status| u16::try_from(status).ok());
    let status = status.filter(|status| *status >= 100).ok_or(ParseError::StatusCode)?;
    Ok(Head {
        start: Start::Response(status),
        version: Span::new(0, first),
        method: Span::default(),
        target: Span::new((first + 1 + end + 1).min(line.len()), line.len()),
        body: Span::default(),
        flaw: None,
    })
}

/// `SIP/` and something; which version is for the strict reader.
fn is_version(word: &[u8]) -> bool {
    word.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"SIP/")) && word.len() > 4
}
