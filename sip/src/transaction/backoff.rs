//! Retransmission at growing intervals: timers A, E and G.

use std::time::{Duration, Instant};

/// When to retransmit next, and after how long then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The next retransmission.
    pub at: Instant,
    interval: Duration,
}

impl Backoff {
    /// Begins `interval` after `now`; never shorter than a millisecond, lest time stand still.
    pub fn start(interval: Duration, now: Instant) -> Self {
        let interval = interval.max(Duration::from_millis(1));
        Self { at: now + interval, interval }
    }

    /// The retransmission after this one, at twice the interval but at most `longest`.
    #[must_use]
    pub fn next(self, longest: Duration, now: Instant) -> Self {
        Self::start(self.interval.saturating_mul(2).min(longest), now)
    }
}
