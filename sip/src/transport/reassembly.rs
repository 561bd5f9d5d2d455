//! The part of a stream's next message that has come so far.

use crate::message::{Frame, FrameLimits, Framer};

/// What a stream holds between two segments, and how far it was looked at.
#[derive(Debug)]
pub(crate) struct Reassembly {
    kept: Vec<u8>,
    framer: Framer,
}

impl Reassembly {
    /// At the beginning of a stream.
    pub(crate) fn new(message_bytes_max: usize) -> Self {
        let limits = FrameLimits { message_bytes_max, ..FrameLimits::default() };
        Self { kept: Vec::new(), framer: Framer::new(limits) }
    }

    /// Whether part of a message waits for the rest.
    pub(crate) fn is_partial(&self) -> bool {
        !self.kept.is_empty()
    }

    /// The bytes to look at, if they are more than `segment` itself: what was kept with it behind.
    pub(crate) fn join(&mut self, segment: &[u8]) -> Option<Vec<u8>> {
        if self.kept.is_empty() {
            return None;
        }
        let mut joined = std::mem::take(&mut self.kept);
        joined.extend_from_slice(segment);
        Some(joined)
    }

    /// Keeps what is left for the next segment.
    pub(crate) fn keep(&mut self, rest: &[u8]) {
        self.kept.extend_from_slice(rest);
    }

    /// What is at the front of `bytes`.
    pub(crate) fn next(&mut self, bytes: &[u8]) -> Frame {
        self.framer.next(bytes)
    }
}
