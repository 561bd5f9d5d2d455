//! The 2xx of ours that waits for its ACK: RFC 3261 §13.3.1.4.

use std::time::Instant;

use crate::transaction::{Backoff, Timing};

/// Repeats the 2xx from T1 to T2 apart, for 64 × T1; on any transport, as a hop behind the first may lose it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unacknowledged {
    backoff: Backoff,
    until: Instant,
}

/// What time wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Nothing yet.
    Longer,
    /// The 2xx once more.
    Repeat,
    /// No more: BYE.
    GiveUp,
}

impl Unacknowledged {
    /// The 2xx has just been sent.
    pub(crate) fn start(timing: &Timing, now: Instant) -> Self {
        Self { backoff: Backoff::start(timing.t1, now), until: now + timing.patience() }
    }

    /// When to look again.
    pub(crate) fn deadline(&self) -> Instant {
        self.backoff.at.min(self.until)
    }

    /// The deadline passed.
    pub(crate) fn timeout(&mut self, timing: &Timing, now: Instant) -> Wait {
        if now >= self.until {
            return Wait::GiveUp;
        }
        if now < self.backoff.at {
            return Wait::Longer;
        }
        self.backoff = self.backoff.next(timing.t2, now);
        Wait::Repeat
    }
}
