//! Comma-joined values, with the commas of quoted strings and angle brackets left alone.

use super::bytes::trim;

/// The elements of a comma-joined value, trimmed; empty ones are kept, for the strict reader to see.
#[derive(Clone, Debug)]
pub struct List<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> List<'a> {
    /// Over one header's value.
    pub fn new(value: &'a [u8]) -> Self {
        List { rest: Some(value) }
    }

    /// What has not been taken yet, as it came; nothing after the last element.
    pub(super) fn rest(&self) -> Option<&'a [u8]> {
        self.rest
    }
}

impl<'a> Iterator for List<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let value = self.rest?;
        let Some(at) = separator(value) else {
            self.rest = None;
            return Some(trim(value));
        };
        let (element, rest) = value.split_at(at);
        self.rest = rest.get(1..);
        Some(trim(element))
    }
}

/// Where the first comma outside quotes and angle brackets stands.
fn separator(value: &[u8]) -> Option<usize> {
    memchr::memchr(b',', value)?;
    let (mut quoted, mut bracketed) = (false, false);
    let mut bytes = value.iter().enumerate();
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'\\' if quoted => {
                bytes.next();
            }
            b'"' if !bracketed => quoted = !quoted,
            b'<' if !quoted => bracketed = true,
            b'>' if !quoted => bracketed = false,
            b',' if !quoted && !bracketed => return Some(at),
            _ => {}
        }
    }
    None
}
