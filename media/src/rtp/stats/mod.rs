//! What we receive of one source, counted as RFC 3550 §6.4.1 and appendices A.3 and A.8 say.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use super::rtcp::{NtpTime, ReportBlock};
use super::{Arrival, Header, Sequence};

/// The reception of one source: its sequence, its jitter, its last sender report.
#[derive(Debug, Clone)]
pub struct Reception {
    ssrc: u32,
    clock_rate: u32,
    sequence: Sequence,
    epoch: Option<Instant>,
    transit: Option<u32>,
    /// Interarrival jitter, sixteen times (appendix A.8).
    jitter: u32,
    expected_prior: u64,
    received_prior: u64,
    last_sender_report: Option<(u32, Instant)>,
}

impl Reception {
    /// A source of this clock rate, valid after so many packets in sequence.
    pub const fn new(ssrc: u32, clock_rate: u32, min_sequential: u8) -> Self {
        Self {
            ssrc,
            clock_rate,
            sequence: Sequence::new(min_sequential),
            epoch: None,
            transit: None,
            jitter: 0,
            expected_prior: 0,
            received_prior: 0,
            last_sender_report: None,
        }
    }

    /// Counts a packet of voice.
    pub fn receive(&mut self, header: Header, now: Instant) -> Arrival {
        let arrival = self.sequence.receive(header.sequence);
        match arrival {
            Arrival::First | Arrival::Restart => self.transit = Some(self.transit_of(header, now)),
            Arrival::Next { .. } | Arrival::Late => self.measure_jitter(header, now),
            Arrival::Probation | Arrival::Duplicate | Arrival::Astray => {}
        }
        arrival
    }

    /// Counts a packet whose timestamp is not the time it was made, as those of an event.
    pub fn receive_untimed(&mut self, header: Header) -> Arrival {
        self.sequence.receive(header.sequence)
    }

    fn transit_of(&mut self, header: Header, now: Instant) -> u32 {
        let epoch = *self.epoch.get_or_insert(now);
        units(now.saturating_duration_since(epoch), self.clock_rate).wrapping_sub(header.timestamp)
    }

    fn measure_jitter(&mut self, header: Header, now: Instant) {
        let transit = self.transit_of(header, now);
        if let Some(before) = self.transit.replace(transit) {
            let difference = transit.wrapping_sub(before).cast_signed().unsigned_abs();
            let kept = self.jitter - ((self.jitter + 8) >> 4);
            self.jitter = kept.saturating_add(difference.min(u32::MAX >> 5));
        }
    }

    /// Notes a sender report of the source, for the round trip the sender measures.
    pub const fn sender_report(&mut self, time: NtpTime, now: Instant) {
        self.last_sender_report = Some((time.middle(), now));
    }

    /// The report block on this source; `None` until the source is valid. Starts a new reporting interval.
    pub fn report(&mut self, now: Instant) -> Option<ReportBlock> {
        if !self.sequence.is_valid() {
            return None;
        }
        let (expected, received) = (self.sequence.expected(), self.sequence.received());
        let expected_interval = expected - self.expected_prior.min(expected);
        let received_interval = received - self.received_prior.min(received);
        (self.expected_prior, self.received_prior) = (expected, received);
        let lost_interval = expected_interval.saturating_sub(received_interval);
        let fraction_lost = (lost_interval << 8).checked_div(expected_interval).unwrap_or(0);
        let (last_sender_report, delay) = self
            .last_sender_report
            .map_or((0, 0), |(middle, at)| (middle, units(now.saturating_duration_since(at), 1 << 16)));
        Some(ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: u8::try_from(fraction_lost).unwrap_or(u8::MAX),
            cumulative_lost: self.sequence.cumulative_lost(),
            highest_sequence: self.sequence.extended_highest(),
            jitter: self.jitter(),
            last_sender_report,
            delay_since_last_sender_report: delay,
        })
    }

    /// The source counted.
    pub const fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Its sequence numbers.
    pub const fn sequence(&self) -> &Sequence {
        &self.sequence
    }

    /// The interarrival jitter in timestamp units.
    pub const fn jitter(&self) -> u32 {
        self.jitter >> 4
    }

    /// The interarrival jitter as time.
    pub fn jitter_time(&self) -> Duration {
        Duration::from_secs(self.jitter().into()) / self.clock_rate.max(1)
    }
}

/// A time in units of which so many make a second, wrapping as timestamps do.
#[expect(clippy::cast_possible_truncation, reason = "timestamps wrap")]
pub(super) fn units(time: Duration, per_second: u32) -> u32 {
    // In 64 bits: a 128-bit division would be a third of what relaying a packet costs.
    let fraction = u64::from(time.subsec_nanos()) * u64::from(per_second) / 1_000_000_000;
    time.as_secs().wrapping_mul(u64::from(per_second)).wrapping_add(fraction) as u32
}
