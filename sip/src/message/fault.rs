//! What can be wrong with a message, as facts to compare.

use super::name::Name;

/// Why bytes are no message at all; nothing can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// Nothing, or line ends only: a keep-alive.
    Empty,
    /// More than `MESSAGE_BYTES_MAX`.
    TooLarge,
    /// The first line is neither a request's nor a response's.
    StartLine,
    /// The status is not three digits between 100 and 699.
    StatusCode,
}

/// What is wrong with a message's frame; its other headers can still be read and a 400 be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// More than `HEADERS_MAX`; the rest is not indexed.
    TooManyHeaders,
    /// A line that is neither `name: value` nor a continuation.
    HeaderLine,
    /// A line ended by LF alone, or a CR inside a line.
    LineEnd,
    /// No empty line after the headers.
    NoEndOfHeaders,
    /// More than one Content-Length, or one that is no number we can hold.
    ContentLength,
    /// Content-Length promises more than came.
    BodyTooShort,
}

/// Why a typed view of a header cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The header is not there.
    Missing(Name),
    /// The header is there but cannot be read as what it should be.
    Malformed(Name),
}
