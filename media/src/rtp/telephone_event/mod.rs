//! DTMF digits as RTP events (RFC 4733): the payload, the sender and the receiver.

mod receiver;
mod sender;
#[cfg(test)]
mod tests;

pub use receiver::{Heard, Receiver};
pub use sender::{Outgoing, QUEUE_MAX, Sender};

/// Octets of the payload.
pub const PAYLOAD_OCTETS: usize = 4;
const END: u8 = 0x80;
const VOLUME: u8 = 0x3F;

/// One event report (RFC 4733 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Event {
    /// The event code; 0–15 are the digits.
    pub code: u8,
    /// The event is over and `duration` is final.
    pub end: bool,
    /// Power level in -dBm0, 0–63.
    pub volume: u8,
    /// How long it has lasted, in timestamp units.
    pub duration: u16,
}

impl Event {
    /// Reads the first report of a payload; `None` if it is too short.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [code, flags, d0, d1] = *payload.first_chunk()?;
        Some(Self {
            code,
            end: flags & END != 0,
            volume: flags & VOLUME,
            duration: u16::from_be_bytes([d0, d1]),
        })
    }

    /// The payload.
    pub fn to_bytes(self) -> [u8; PAYLOAD_OCTETS] {
        let [d0, d1] = self.duration.to_be_bytes();
        [self.code, self.volume.min(VOLUME) | if self.end { END } else { 0 }, d0, d1]
    }
}
