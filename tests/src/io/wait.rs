//! The one place where a test of the real program waits: for a condition, up to a limit.

use std::thread;
use std::time::{Duration, Instant};

/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// Waits until `holds`, at most `limit`; says whether it came to hold.
pub fn until(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(GLANCE);
    }
}

/// Lets `time` pass.
pub fn pass(time: Duration) {
    thread::sleep(time);
}
