//! Wall-clock time for records, derived from the one monotonic clock of the logic.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::Serializer;

/// What the wall clock showed at one instant; every other instant's time follows from it.
///
/// `io` sets a new one now and then, so that a corrected wall clock is followed; the lengths in a record never
/// come from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallClock {
    instant: Instant,
    time: Timestamp,
}

impl WallClock {
    /// The wall clock showed `time` at `instant`.
    pub const fn new(instant: Instant, time: Timestamp) -> Self {
        Self { instant, time }
    }

    /// What the wall clock shows at `now`, before or after the instant it was set at.
    pub fn at(&self, now: Instant) -> Timestamp {
        let away = match now.checked_duration_since(self.instant) {
            Some(later) => signed(later),
            None => -signed(self.instant.saturating_duration_since(now)),
        };
        self.time.checked_add(away).unwrap_or(self.time)
    }

    /// The same as milliseconds since 1970, as a [`super::CallId`] begins with.
    pub fn milliseconds_at(&self, now: Instant) -> u64 {
        u64::try_from(self.at(now).as_millisecond()).unwrap_or(0)
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// RFC 3339 in UTC with exactly three decimals.
pub(super) fn to_the_millisecond<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{time:.3}"))
}

/// The same, or null.
pub(super) fn to_the_millisecond_if_any<S: Serializer>(
    time: &Option<Timestamp>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => to_the_millisecond(time, to),
        None => to.serialize_none(),
    }
}
