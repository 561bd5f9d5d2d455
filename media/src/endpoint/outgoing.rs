//! The stream an RTP endpoint sends: one source whose numbers go on, whatever feeds it (RFC 3550 §5.1).

use std::time::Instant;

/// SSRC, sequence and timestamp of a leg; they belong to it from its first packet to its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outgoing {
    pub(crate) ssrc: u32,
    /// Of the last packet sent.
    sequence: u16,
    /// Of the last packet sent.
    timestamp: u32,
    /// When that timestamp was first sent; `None` before the first packet.
    at: Option<Instant>,
}

impl Outgoing {
    /// A stream that begins at these random numbers (RFC 3550 §5.1).
    pub(crate) const fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Self {
        Self { ssrc, sequence, timestamp, at: None }
    }

    /// The sequence number and timestamp a stream goes on with after another feeder or a pause: one number up,
    /// and as much time as has passed, but at least the frame of the last packet.
    pub(crate) fn resume(&self, clock_rate: u32, frame: u32, now: Instant) -> (u16, u32) {
        let passed = self.at.map_or(frame, |at| {
            let elapsed = now.saturating_duration_since(at).as_millis();
            let units = elapsed.saturating_mul(u128::from(clock_rate / 1000));
            u32::try_from(units).unwrap_or(u32::MAX).max(frame)
        });
        (self.sequence.wrapping_add(1), self.timestamp.wrapping_add(passed))
    }

    /// Notes a packet that goes out. One older than the last changes nothing.
    #[inline]
    pub(crate) fn note(&mut self, sequence: u16, timestamp: u32, now: Instant) {
        let ahead = sequence.wrapping_sub(self.sequence).cast_signed();
        if ahead > 0 || self.at.is_none() {
            self.sequence = sequence;
            // The packets of one event share its timestamp: it is as old as the first of them.
            if timestamp != self.timestamp || self.at.is_none() {
                self.timestamp = timestamp;
                self.at = Some(now);
            }
        }
    }

    /// Whether anything was sent.
    pub(crate) const fn has_sent(&self) -> bool {
        self.at.is_some()
    }

    /// The timestamp this moment has on the clock of the stream (RFC 3550 §6.4.1).
    pub(crate) fn timestamp_at(&self, clock_rate: u32, now: Instant) -> u32 {
        self.resume(clock_rate, 0, now).1
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::rtp::epoch;

    #[test]
    fn a_pause_advances_the_timestamp_by_the_time_it_took() {
        let start = epoch();
        let mut stream = Outgoing::new(1, 65535, u32::MAX);
        assert_eq!(stream.resume(8000, 160, start), (0, 159));
        stream.note(0, 159, start);
        assert_eq!(stream.resume(8000, 160, start + Duration::from_secs(1)), (1, 8159));
        assert_eq!(stream.resume(8000, 160, start), (1, 319));
    }

    #[test]
    fn late_packets_and_repeated_timestamps_do_not_turn_it_back() {
        let start = epoch();
        let later = start + Duration::from_millis(100);
        let mut stream = Outgoing::new(1, 10, 0);
        stream.note(11, 160, start);
        stream.note(12, 160, later);
        stream.note(10, 0, later);
        assert_eq!(stream.resume(8000, 160, later), (13, 960));
    }
}
