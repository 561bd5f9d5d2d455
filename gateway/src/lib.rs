//! Tandem: a SIP-to-PSTN media gateway and back-to-back user agent.

pub mod b2bua;
pub mod cli;
pub mod config;
pub mod control;
pub mod io;
pub mod records;
