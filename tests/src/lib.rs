//! The whole thing, in virtual time and for real.
