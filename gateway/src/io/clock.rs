//! The two clocks: the monotonic one that logic lives by, and the wall clock of records.

use std::time::Instant;

use jiff::Timestamp;

use crate::records::WallClock;

/// What the wall clock shows now. Asked for again every minute or so, it follows a corrected clock.
pub fn wall_clock() -> WallClock {
    WallClock::new(Instant::now(), Timestamp::now())
}
