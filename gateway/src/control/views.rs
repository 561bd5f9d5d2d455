//! Calls and trunks as an operator sees them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::records::{CallId, CallRecord, Leg};

/// A live call, or one that has just ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallView {
    /// The call.
    pub id: CallId,
    /// How far it is.
    pub state: CallState,
    /// When it arrived.
    pub setup_at: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// The calling number as received.
    pub calling: Option<String>,
    /// The called number as received.
    pub called: String,
    /// The rule that decided.
    pub rule: Option<String>,
    /// The caller's side.
    pub caller: Leg,
    /// The callee's side.
    pub callee: Option<Leg>,
    /// Its record, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Box<CallRecord>>,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// The callee is being looked for.
    Trying,
    /// The callee is being rung.
    Ringing,
    /// Both talk.
    Answered,
    /// One side has gone, the other is being released.
    Releasing,
    /// It is over.
    Ended,
}

impl CallState {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Trying => "trying",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Releasing => "releasing",
            Self::Ended => "ended",
        }
    }
}

/// A trunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrunkView {
    /// Its configured name.
    pub name: String,
    /// What it is: `sip`, `isdn`, …
    pub kind: String,
    /// It can carry calls.
    pub up: bool,
    /// Where it leads, in words: a peer's address, a span.
    pub peer: String,
    /// Live calls from it.
    pub calls_in: u64,
    /// Live calls placed on it.
    pub calls_out: u64,
    /// The most calls at once; 0 when it has no limit of its own.
    pub calls_limit: u64,
    /// Its channels; empty in a list of trunks and on a trunk that has none.
    #[serde(default)]
    pub channels: Vec<ChannelView>,
}

/// A channel of a trunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelView {
    /// Its name on the trunk.
    pub name: String,
    /// Its state.
    pub state: ChannelState,
    /// The call on it.
    pub call: Option<CallId>,
}

/// The state of a channel, both axes in one word: the administrative one where it keeps calls away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelState {
    /// Free.
    Idle,
    /// A call is on it.
    InUse,
    /// Kept from calls by this side.
    Blocked,
    /// Kept from calls by the far side.
    BlockedRemotely,
    /// Being cleared.
    Resetting,
    /// Something is wrong with it.
    OutOfService,
}

impl ChannelState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Idle, Self::InUse, Self::Blocked, Self::BlockedRemotely, Self::Resetting, Self::OutOfService];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::InUse => "in_use",
            Self::Blocked => "blocked",
            Self::BlockedRemotely => "blocked_remotely",
            Self::Resetting => "resetting",
            Self::OutOfService => "out_of_service",
        }
    }
}

/// What the dial plan would do with a call: for people as text, for programs as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// It leads somewhere.
    pub routed: bool,
    /// Line by line, as `tandem route explain` prints it.
    pub text: String,
    /// The same as data.
    pub data: serde_json::Value,
}
