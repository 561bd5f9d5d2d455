//! The seam between channels and what speaks on the line: Q.931, CAS, analog lines, the simulated exchange.

use std::time::Instant;

use call::Signal;
use media::Bearer;

use crate::{Alarm, ChannelId};

/// What a trunk says to the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToLine {
    /// One step of the call on this channel. Each side sends one RELEASE a call: whoever is second answers.
    Signal(ChannelId, Signal),
    /// Whatever is on this channel is over; begin afresh (Q.931 RESTART, ISUP RSC).
    Restart(ChannelId),
    /// The far end's restart is done.
    Restarted(ChannelId),
    /// Seize this channel no more; a call on it may go on (SERVICE, ISUP BLO).
    Block(ChannelId),
    /// The channel may be seized again.
    Unblock(ChannelId),
}

/// What the line says to a trunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromLine {
    /// One step of the call on this channel; a SETUP seizes it.
    Signal(ChannelId, Signal),
    /// The far end took another channel for the call that we began on `from` (Q.931 §5.1.2.2).
    Moved {
        /// The channel we proposed.
        from: ChannelId,
        /// The channel it chose.
        to: ChannelId,
    },
    /// The far end begins afresh on this channel.
    Restart(ChannelId),
    /// Our restart is done.
    Restarted(ChannelId),
    /// The far end wants no call from us on this channel.
    Blocked(ChannelId),
    /// It wants them again.
    Unblocked(ChannelId),
    /// The span has an alarm, or a worse or milder one than before.
    AlarmRaised(u16, Alarm),
    /// The span is well again.
    AlarmCleared(u16),
}

/// Signalling on the channels of a trunk. Sans-I/O: one input, then drain the outputs, then ask for the
/// timeout.
///
/// Glare — both sides seize one channel at the same time — needs no message at this level: both know that the
/// network's call stays and the user's goes elsewhere (Q.931 §5.7). An implementation whose protocol wants the
/// loser told (RELEASE COMPLETE with cause 44) does that by itself.
pub trait Signalling {
    /// The trunk says this to the line.
    fn handle_input(&mut self, input: ToLine, now: Instant);

    /// Time has come to `now`.
    fn handle_timeout(&mut self, now: Instant);

    /// The next thing the line says, if any.
    fn poll_output(&mut self) -> Option<FromLine>;

    /// When to call [`Signalling::handle_timeout`] next.
    fn poll_timeout(&self) -> Option<Instant>;

    /// The voice of this channel, to be owned by a media thread for one call.
    fn bearer(&mut self, channel: ChannelId) -> Option<Box<dyn Bearer>>;

    /// True if it holds a call on this channel.
    fn has_call(&self, channel: ChannelId) -> bool;

    /// True if it holds no call at all and nothing waits to be said.
    fn at_rest(&self) -> bool;
}
