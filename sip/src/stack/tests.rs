//! The stack in virtual time.

use std::time::Instant;

/// The beginning of a test's time.
#[expect(
    clippy::disallowed_methods,
    reason = "any instant will do: tests count from it and never look again"
)]
pub(crate) fn start() -> Instant {
    Instant::now()
}

#[test]
fn what_is_held_for_long_stays_small() {
    assert!(size_of::<super::Session>() <= 512, "{}", size_of::<super::Session>());
    assert!(size_of::<super::Transaction>() <= 384, "{}", size_of::<super::Transaction>());
    assert!(size_of::<super::Output>() <= 192, "{}", size_of::<super::Output>());
}
