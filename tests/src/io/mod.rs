//! What tests of the real program share: its process, its configuration, the wire it is driven over.

#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test may stop, and at the shore it may look at the clock"
)]

pub mod child;
pub mod http;
pub mod lab;
pub mod wait;

/// The moment at which virtual time begins; any will do, and no `Instant` comes without a clock.
pub fn epoch() -> std::time::Instant {
    std::time::Instant::now()
}
