//! Stacks that talk to each other over a simulated wire in virtual time.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::wildcard_enum_match_arm,
    clippy::unreachable,
    reason = "helpers of tests, where a panic is a failure and any beginning of time will do"
)]

mod calls;
mod forks;
mod limits;
mod losses;
mod mid_call;
mod races;
mod storms;
mod strangers;
mod streams;
mod world;
