//! When to send the next report (RFC 3550 §6.2, §6.3, appendix A.7), for a session of two.

use std::time::{Duration, Instant};

/// Five seconds between reports, half of it before the first (§6.2).
const INTERVAL_MIN: Duration = Duration::from_secs(5);
/// Compensates for timer reconsideration converging below the intended average: e - 3/2 (appendix A.7).
const COMPENSATION: f64 = 1.218_28;
/// RTCP may take a twentieth of the session bandwidth (§6.2).
const RTCP_FRACTION: f64 = 0.05;
/// IP and UDP headers count (§6.2).
const LOWER_LAYER_OCTETS: f64 = 28.0;
/// Members of a call: the peer and we.
const MEMBERS: f64 = 2.0;
/// A quarter of the RTCP bandwidth is the senders' (§6.2).
const SENDER_FRACTION: f64 = 0.25;

/// The timer of one session's reports. Chance is passed in, each a number from 0 to 1.
#[derive(Debug, Clone)]
pub struct Schedule {
    octets_per_second: f64,
    average_octets: f64,
    last: Instant,
    next: Instant,
    initial: bool,
}

impl Schedule {
    /// A session that begins now, of so many octets of voice a second each way.
    pub fn new(session_octets_per_second: u32, now: Instant, chance: f64) -> Self {
        let mut schedule = Self {
            octets_per_second: f64::from(session_octets_per_second) * RTCP_FRACTION,
            average_octets: 100.0 + LOWER_LAYER_OCTETS,
            last: now,
            next: now,
            initial: true,
        };
        schedule.next = now + schedule.interval(1.0, chance);
        schedule
    }

    /// When [`Schedule::handle_timeout`] is due.
    pub const fn poll_timeout(&self) -> Instant {
        self.next
    }

    /// Whether a report goes out now. The timer is reconsidered first (§6.3.6): it may be put off.
    ///
    /// `senders` is how many of the two have sent voice of late.
    pub fn handle_timeout(&mut self, senders: u8, now: Instant, chance: f64) -> bool {
        if now < self.next {
            return false;
        }
        let due = self.last + self.interval(f64::from(senders), chance);
        if due > now {
            self.next = due;
            return false;
        }
        self.last = now;
        self.initial = false;
        self.next = now + self.interval(f64::from(senders), chance);
        true
    }

    /// Counts a report sent or received, of so many octets (§6.3.3).
    pub fn count(&mut self, octets: usize) {
        let octets = u32::try_from(octets).map_or(f64::from(u32::MAX), f64::from) + LOWER_LAYER_OCTETS;
        self.average_octets += (octets - self.average_octets) / 16.0;
    }

    /// Appendix A.7. With two members both are always within the senders' quarter or share the whole.
    fn interval(&self, senders: f64, chance: f64) -> Duration {
        let (members, bandwidth) = if senders > 0.0 && senders <= MEMBERS * SENDER_FRACTION {
            (senders, self.octets_per_second * SENDER_FRACTION)
        } else {
            (MEMBERS, self.octets_per_second)
        };
        let minimum = INTERVAL_MIN.as_secs_f64() / if self.initial { 2.0 } else { 1.0 };
        let wanted = (self.average_octets * members / bandwidth.max(1.0)).clamp(minimum, 3600.0);
        Duration::from_secs_f64(wanted * (chance.clamp(0.0, 1.0) + 0.5) / COMPENSATION)
    }
}
