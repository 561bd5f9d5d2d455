//! RFC 3261 without I/O: bytes in; bytes and events out.

pub mod message;
