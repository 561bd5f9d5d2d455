//! From bytes to requests and responses.

use std::time::Instant;

use super::Stack;
use super::port::Output;
use crate::message::{ParseError, Start, parse};
use crate::transport::Flow;

impl Stack {
    /// Takes one message: a datagram, or one frame of a stream.
    pub(super) fn receive(&mut self, bytes: &[u8], flow: Flow, now: Instant) {
        if bytes.len() > self.config.limits.message_bytes {
            self.counters.dropped.unparsable += 1;
            return;
        }
        let traced = self.outputs.len();
        self.touched = None;
        self.trace(false, &flow, bytes, None);
        match parse(bytes) {
            Ok(message) => match message.start() {
                Start::Request(method) => self.request(&message, method, &flow, now),
                Start::Response(status) => self.response(&message, status, now),
            },
            Err(ParseError::Empty) => self.counters.keep_alives += 1,
            Err(ParseError::TooLarge | ParseError::StartLine | ParseError::StatusCode) => {
                self.counters.dropped.unparsable += 1;
            }
        }
        if self.config.trace
            && let Some(Output::Trace(trace)) = self.outputs.get_mut(traced)
        {
            trace.session = self.touched;
        }
    }
}
