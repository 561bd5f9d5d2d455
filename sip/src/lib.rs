//! RFC 3261 without I/O: bytes in; bytes and events out.

mod dialog;
pub mod message;
mod session;
pub mod stack;
pub mod transaction;
pub mod transport;

pub use stack::Stack;
