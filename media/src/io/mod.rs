//! The media engine in the world: threads, sockets, rings of commands and events.

#![expect(clippy::disallowed_methods, reason = "this is where media reads the clock and starts threads")]

mod alarm;
mod backend;
mod buffers;
mod engine;
mod epoll;
mod ring;
mod socket;
mod uring;
mod worker;

pub use backend::{Backend, Chosen};
pub use engine::{Engine, EngineConfig, Full};
