//! Where the gateway meets the world: sockets, threads, clocks, files.
#![expect(clippy::disallowed_methods, reason = "clocks and threads are met here")]

pub mod admin;
pub mod ask;
pub mod clock;
pub mod control;
pub mod demo;
pub mod desk;
pub mod exchange;
pub mod files;
mod inbox;
pub mod log;
pub mod metrics;
mod phone;
pub mod records;
pub mod reload;
pub mod run;
mod sockets;
pub mod start;
