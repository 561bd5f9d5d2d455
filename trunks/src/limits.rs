//! How many calls a trunk carries at once and begins in a second.

use core::num::NonZeroU32;
use std::time::Instant;

/// The limits of a trunk; without one there is none but its channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Calls at once, both directions together.
    pub calls: Option<u32>,
    /// Calls begun in a second, both directions together; a second's worth may come at once.
    pub calls_per_second: Option<NonZeroU32>,
}

const SECOND: u64 = 1_000_000_000;

/// A bucket that holds one second's worth of tokens and is filled evenly; a call takes one.
#[derive(Debug)]
pub struct TokenBucket {
    per_second: u64,
    /// In token-nanoseconds: a whole token is [`SECOND`].
    level: u64,
    filled: Instant,
}

impl TokenBucket {
    /// Full at `now`.
    pub fn new(per_second: NonZeroU32, now: Instant) -> Self {
        let per_second = u64::from(per_second.get());
        Self { per_second, level: per_second * SECOND, filled: now }
    }

    /// Takes a token if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled).as_nanos();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let full = self.per_second * SECOND;
        self.level = self.level.saturating_add(passed.saturating_mul(self.per_second)).min(full);
        self.filled = self.filled.max(now);
        match self.level.checked_sub(SECOND) {
            Some(level) => {
                self.level = level;
                true
            }
            None => false,
        }
    }
}
