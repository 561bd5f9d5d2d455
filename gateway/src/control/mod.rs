//! What the outside may ask a running gateway, and what it answers: the same words over HTTP and over the
//! control socket.

mod counters;
mod ladder;
mod views;

use std::path::PathBuf;

use mistakes::Mistake;
use serde::{Deserialize, Serialize};

use crate::records::CallId;

pub use counters::{Counters, MediaCounters, Rejections, SipCounters, TrunkCounters, Way};
pub use ladder::{Ladder, Lane, STEPS_MAX, Step};
pub use views::{CallState, CallView, ChannelState, ChannelView, Explanation, TrunkView};

/// The most calls one [`Answer::Calls`] lists; `total` says how many there are.
pub const CALLS_LISTED_MAX: usize = 1000;

/// A question to the control thread: `Gateway::answer` answers it at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// Every live call.
    Calls,
    /// One call, live or just ended, with its ladder.
    Call {
        /// The call.
        id: CallId,
    },
    /// End a call.
    Hangup {
        /// The call.
        id: CallId,
    },
    /// The ladder of one call alone.
    Ladder {
        /// The call.
        id: CallId,
    },
    /// Every trunk.
    Trunks,
    /// One trunk with its channels.
    Trunk {
        /// Its configured name.
        name: String,
    },
    /// Take channels out of service.
    Block {
        /// The trunk.
        trunk: String,
        /// Its channels, such as `1-15` or `2.17`; all of them if not said.
        channels: Option<String>,
        /// What becomes of calls on them.
        #[serde(default)]
        how: BlockHow,
    },
    /// Put channels back into service.
    Unblock {
        /// The trunk.
        trunk: String,
        /// Its channels; all of them if not said.
        channels: Option<String>,
    },
    /// Clear channels and start them afresh, live calls too.
    Reset {
        /// The trunk.
        trunk: String,
        /// Its channels; all of them if not said.
        channels: Option<String>,
    },
    /// What the dial plan would do.
    Explain {
        /// The trunk the call would come from.
        from: String,
        /// The number dialled.
        number: String,
        /// The calling number.
        calling: Option<String>,
    },
    /// Every counter and gauge.
    Metrics,
    /// Refuse new calls and let live ones end.
    Drain,
    /// Place a test call from the gateway.
    PlaceCall(PlaceCall),
}

/// A test call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceCall {
    /// The number to call.
    pub to: String,
    /// The trunk to place it by; the dial plan decides if not said.
    #[serde(default)]
    pub via: Option<String>,
    /// The calling number to show.
    #[serde(default)]
    pub calling: Option<String>,
    /// A WAV file to play after the answer, by its path on the gateway's machine.
    #[serde(default)]
    pub play: Option<PathBuf>,
    /// Where to keep what comes back, as a WAV file on the gateway's machine.
    #[serde(default)]
    pub record: Option<PathBuf>,
    /// Digits to send after the answer.
    #[serde(default)]
    pub dtmf: Option<String>,
    /// How long to stay in the call after the answer; as long as the file plays if not said.
    #[serde(default)]
    pub hold_ms: Option<u64>,
}

/// What becomes of live calls on channels that are blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockHow {
    /// They go on; the channel is blocked when it is free.
    #[default]
    WhenIdle,
    /// They are released.
    Now,
}

/// What may be asked over the wire: a [`Question`], or something `io` sees to itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    /// Read config, plan and scripts again: all or nothing.
    Reload {
        /// Only say what would change.
        #[serde(default)]
        dry_run: bool,
    },
    /// The last call records, and those to come.
    RecordsTail {
        /// How many of the last.
        #[serde(default)]
        last: usize,
        /// Whether to go on with those that follow.
        #[serde(default)]
        follow: bool,
    },
    /// For the control thread.
    #[serde(untagged)]
    Question(Question),
}

/// The answer to a [`Question`] or a [`Request`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// Live calls, oldest first.
    Calls {
        /// How many there are; only [`CALLS_LISTED_MAX`] are listed.
        total: usize,
        /// The calls.
        calls: Vec<CallView>,
    },
    /// One call.
    Call {
        /// The call.
        call: Box<CallView>,
        /// What its sides said to each other.
        ladder: Ladder,
    },
    /// The ladder of a call.
    Ladder {
        /// The call.
        id: CallId,
        /// What its sides said to each other.
        ladder: Ladder,
    },
    /// Every trunk, in the order of the config, without channels.
    Trunks {
        /// The trunks.
        trunks: Vec<TrunkView>,
    },
    /// One trunk with its channels.
    Trunk {
        /// The trunk.
        trunk: Box<TrunkView>,
    },
    /// What the dial plan would do.
    Explained(Box<Explanation>),
    /// Every counter and gauge.
    Metrics(Box<Counters>),
    /// The test call is under way.
    Placed {
        /// To ask about it.
        id: CallId,
    },
    /// Draining has begun, or goes on.
    Draining {
        /// How many calls still live.
        calls: usize,
    },
    /// The config was read again, or could be.
    Reloaded {
        /// Nothing was changed.
        dry_run: bool,
        /// What changes, a sentence each.
        changes: Vec<String>,
    },
    /// The config was not taken: the old one stays.
    Mistaken {
        /// Everything wrong with it.
        mistakes: Vec<WrittenMistake>,
    },
    /// One call record, exactly as its line in the file.
    Record {
        /// The record.
        record: Box<crate::records::CallRecord>,
    },
    /// It is done.
    Done {
        /// What was done.
        what: String,
    },
    /// It was not done.
    Refused {
        /// In which way.
        why: RefusedBecause,
        /// In words.
        what: String,
    },
}

impl Answer {
    /// A refusal in words.
    pub fn refused(why: RefusedBecause, what: impl Into<String>) -> Self {
        Self::Refused { why, what: what.into() }
    }
}

/// Why a question was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedBecause {
    /// No such call, trunk or channel.
    NotFound,
    /// The question makes no sense.
    Invalid,
    /// The dial plan leads nowhere.
    NoRoute,
    /// Not now: draining, or too many questions at once.
    Unavailable,
    /// This version cannot.
    NotInThisVersion,
    /// It was tried and went wrong.
    Failed,
}

/// A mistake as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenMistake {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: u32,
    /// The column, from 1; 0 for the file as a whole.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// The whole mistake as `tandem check` prints it.
    pub text: String,
}

impl From<&Mistake> for WrittenMistake {
    fn from(mistake: &Mistake) -> Self {
        Self {
            file: mistake.file.clone(),
            line: mistake.line,
            column: mistake.column,
            message: mistake.message.clone(),
            text: mistake.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
