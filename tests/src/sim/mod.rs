//! The gateway between simulated phones, a simulated network and a simulated exchange, in virtual time.
//!
//! A [`World`] holds them all and goes from one thing that happens to the next; nothing waits. What happens on the
//! wires is drawn as a [`ladder`]; a [`page`] of `tests/calls/` is what each party does, and the ladder that follows.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a world of tests may stop where something is off"
)]

pub mod ladder;
pub mod network;
pub mod page;
pub mod phone;
pub mod plane;
pub mod wire;
pub mod world;

pub use world::World;
