//! Lines to the PSTN: spans, channels, groups, the simulated exchange.
//!
//! A [`Trunk`] is a set of channels on one or more spans with signalling on them. The gateway puts calls on it
//! with [`Trunk::setup`], says the rest with [`Trunk::handle_signal`], and drains [`Trunk::poll_output`]. The
//! line is anything that implements [`Signalling`]; [`sim::Exchange`] is a scripted far end.
//!
//! A call begins with a SETUP of either side and is over, for the gateway, with the first RELEASE that either
//! side says: it owes no answer to a RELEASE that it is given, and hears no more of a call that it released.
//! Time is whatever `now` says; nothing here reads a clock.

mod channel;
mod counters;
mod group;
mod limits;
mod signalling;
pub mod sim;
mod span;
mod timers;
mod trunk;

pub use channel::{Administrative, Alarm, CallState, Standing};
pub use counters::Counters;
pub use group::{Hunt, Priority, Refusal, RefusalReason};
pub use limits::{Limits, TokenBucket};
pub use signalling::{FromLine, Signalling, ToLine};
pub use span::{ChannelId, Layout, SPANS_MAX, Slots, SlotsError, Span};
pub use timers::Timers;
pub use trunk::{BlockHow, ChannelView, Config, ConfigError, Inconsistency, Output, Side, Trunk, Wrong};

#[cfg(test)]
mod tests;
