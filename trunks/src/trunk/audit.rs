//! Channels reconciled with the calls that gateway and line believe they have.

use std::time::{Duration, Instant};

use super::Trunk;
use crate::channel::{Administrative, CallState};
use crate::{ChannelId, Signalling};

/// How late a deadline may be noticed before something is wrong with whoever calls `handle_timeout`.
const LATE_MAX: Duration = Duration::from_secs(1);

/// Something about a channel that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inconsistency {
    /// Where.
    pub channel: ChannelId,
    /// What.
    pub wrong: Wrong,
}

/// What does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The channel has a call of which the gateway knows nothing.
    NoOwner,
    /// The gateway believes in a call that the channel does not have.
    NoCall,
    /// The line holds a call on a channel that is idle here.
    LineHoldsCall,
    /// There is a call in spite of the span's alarm.
    CallUnderAlarm,
    /// The state should have ended by itself.
    Overdue,
    /// The gateway believes in a channel that is not there.
    NoChannel,
}

impl<L: Signalling> Trunk<L> {
    /// Everything that does not fit, given the channels on which the gateway has calls.
    pub fn audit(&self, held: &[ChannelId], now: Instant) -> Vec<Inconsistency> {
        let mut found = Vec::new();
        for channel in &self.channels {
            let id = channel.id;
            let state = channel.call.state();
            let owned = held.contains(&id);
            let alarmed = matches!(channel.standing.state(), Administrative::OutOfService(_));
            // Who does not answer our restarts may hold what it likes until it does.
            let lost = alarmed || channel.standing.faulty;
            let checks = [
                (state.has_call() && !owned, Wrong::NoOwner),
                (!state.has_call() && owned, Wrong::NoCall),
                (state == CallState::Idle && !lost && self.line.has_call(id), Wrong::LineHoldsCall),
                (state.has_call() && alarmed, Wrong::CallUnderAlarm),
                (channel.call.until().is_some_and(|until| until + LATE_MAX < now), Wrong::Overdue),
            ];
            let wrong = checks.into_iter().filter(|(is_so, _)| *is_so);
            found.extend(wrong.map(|(_, wrong)| Inconsistency { channel: id, wrong }));
        }
        let strange = held.iter().filter(|&&id| self.index(id).is_none());
        found.extend(strange.map(|&channel| Inconsistency { channel, wrong: Wrong::NoChannel }));
        found
    }
}
