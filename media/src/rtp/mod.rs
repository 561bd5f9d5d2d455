//! RTP and RTCP (RFC 3550): headers, sources, reports, events, and the buffer that evens packets out.

pub mod header;
pub mod jitter_buffer;
pub mod playout;
pub mod rtcp;
pub mod sequence;
pub mod stats;
pub mod telephone_event;

pub use header::{Header, NotRtp, Packet};
pub use jitter_buffer::JitterBuffer;
pub use playout::Playout;
pub use sequence::{Arrival, Sequence};
pub use stats::Reception;

/// Where virtual time starts in tests; any moment will do.
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "an Instant has no other beginning")]
pub(crate) fn epoch() -> std::time::Instant {
    std::time::Instant::now()
}
