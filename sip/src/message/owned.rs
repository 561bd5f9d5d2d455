//! A message that owns its bytes, to be held by a transaction or passed on.

use super::fault::ParseError;
use super::parse::{Entries, Entry, parse};
use super::view::{Head, Message};

/// A message's bytes with the index of its headers; reading it again costs nothing.
#[derive(Clone, Debug)]
pub struct OwnedMessage {
    bytes: Box<[u8]>,
    entries: Box<[Entry]>,
    head: Head,
}

impl OwnedMessage {
    /// Parses and keeps.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        parse(bytes).map(|message| OwnedMessage::from(&message))
    }

    /// The message.
    pub fn message(&self) -> Message<'_> {
        Message { bytes: &self.bytes, head: self.head, entries: Entries::Borrowed(&self.entries) }
    }

    /// The message's bytes, from the start line to the end of the body.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<&Message<'_>> for OwnedMessage {
    fn from(message: &Message<'_>) -> Self {
        OwnedMessage {
            bytes: message.as_bytes().into(),
            entries: message.entries.as_slice().into(),
            head: message.head,
        }
    }
}

impl PartialEq for OwnedMessage {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
