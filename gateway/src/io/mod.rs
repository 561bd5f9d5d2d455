//! Where the gateway meets the world: sockets, threads, clocks, files.
#![expect(clippy::disallowed_methods, reason = "clocks and threads are met here")]

pub mod clock;
pub mod files;
pub mod log;
pub mod metrics;
pub mod records;
