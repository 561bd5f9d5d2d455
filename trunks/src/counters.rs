//! What a trunk has counted since it began, in plain fields.

use crate::RefusalReason;

/// Counts since the trunk began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Calls of ours put on a channel.
    pub setups_out: u64,
    /// Calls of the far end given to the gateway.
    pub setups_in: u64,
    /// Calls of ours answered.
    pub answered_out: u64,
    /// Calls of the far end answered.
    pub answered_in: u64,
    /// Calls refused, by reason.
    pub refused: Refused,
    /// Both sides seized a channel and our call stayed.
    pub glares_won: u64,
    /// Both sides seized a channel and our call went elsewhere.
    pub glares_lost: u64,
    /// Calls of ours put on another channel.
    pub moved: u64,
    /// Deadlines that ended a call or its release.
    pub expired: u64,
    /// RESTARTs begun by us.
    pub restarts: u64,
    /// Channels taken out because no RESTART was answered.
    pub faults: u64,
    /// Signals for which the channel's state had no use, or for no channel of ours.
    pub unexpected: u64,
}

/// Calls refused by a trunk itself, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// As many calls as allowed.
    pub capacity: u64,
    /// Too many in a second.
    pub rate: u64,
    /// Blocked channels.
    pub blocked: u64,
    /// No channel without a call.
    pub all_busy: u64,
    /// Alarms.
    pub alarm: u64,
}

impl Refused {
    pub(crate) fn count(&mut self, reason: RefusalReason) {
        let counter = match reason {
            RefusalReason::Capacity => &mut self.capacity,
            RefusalReason::Rate => &mut self.rate,
            RefusalReason::Blocked => &mut self.blocked,
            RefusalReason::AllBusy => &mut self.all_busy,
            RefusalReason::Alarm => &mut self.alarm,
        };
        *counter += 1;
    }
}
