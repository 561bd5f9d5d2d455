//! Tandem: a SIP-to-PSTN media gateway and back-to-back user agent.

pub mod control;
pub mod records;
