//! Streams over simulated networks.
