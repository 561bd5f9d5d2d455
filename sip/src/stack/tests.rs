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
