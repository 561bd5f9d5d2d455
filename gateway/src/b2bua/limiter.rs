//! How many calls a SIP trunk carries at once and begins in a second.

use std::num::NonZeroU32;
use std::time::Instant;

use trunks::TokenBucket;

use crate::records::Refusal;

/// The limits of one SIP trunk and how much of them is used.
pub(super) struct Limiter {
    calls_max: Option<u32>,
    calls: u32,
    rate: Option<TokenBucket>,
}

impl Limiter {
    pub(super) fn new(calls_max: Option<u32>, per_second: Option<NonZeroU32>, now: Instant) -> Self {
        Self { calls_max, calls: 0, rate: per_second.map(|rate| TokenBucket::new(rate, now)) }
    }

    /// Takes a place for one call, given back with [`Limiter::leave`].
    pub(super) fn enter(&mut self, now: Instant) -> Result<(), Refusal> {
        if self.calls_max.is_some_and(|max| self.calls >= max) {
            return Err(Refusal::Capacity);
        }
        if self.rate.as_mut().is_some_and(|rate| !rate.take(now)) {
            return Err(Refusal::Cps);
        }
        self.calls = self.calls.saturating_add(1);
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.calls = self.calls.saturating_sub(1);
    }

    pub(super) const fn calls_max(&self) -> Option<u32> {
        self.calls_max
    }
}
