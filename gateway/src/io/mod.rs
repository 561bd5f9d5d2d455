//! The shore: the only place with sockets, files, threads, clocks and chance.
#![expect(
    clippy::disallowed_methods,
    reason = "this folder is where clocks are read and threads are started"
)]

pub mod clock;
pub mod files;
