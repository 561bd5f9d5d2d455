//! The whole thing, in virtual time and for real.

pub mod io;
pub mod sim;
