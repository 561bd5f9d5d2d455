//! Call records: one for every call, answered, refused or cancelled, as it is written and billed.

mod clock;
mod id;
mod leg;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use clock::WallClock;
pub use id::{CallId, NotACallId};
pub use leg::{Leg, Rtp};

/// The version of the record's shape; it grows when a field changes its meaning or goes away.
pub const SCHEMA: u32 = 1;

/// One call from its first message to its last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// [`SCHEMA`] when it was written.
    pub schema: u32,
    /// The call.
    pub id: CallId,
    /// The gateway that carried it.
    pub node: String,
    /// When things happened.
    #[serde(flatten)]
    pub times: Times,
    /// Who called, if that was said.
    pub calling: Option<Party>,
    /// Who was called.
    pub called: Party,
    /// The rule of the dial plan that decided.
    pub rule: Option<String>,
    /// Every trunk that was tried, in order.
    pub attempts: Vec<Attempt>,
    /// How it ended.
    #[serde(flatten)]
    pub end: End,
    /// The caller's side.
    pub caller: Leg,
    /// The callee's side: of the attempt that was answered, or else of the last one.
    pub callee: Option<Leg>,
}

/// When things happened: wall-clock times for people, monotonic lengths for bills.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// The call arrived.
    #[serde(serialize_with = "clock::to_the_millisecond")]
    pub setup_at: Timestamp,
    /// The callee was first rung.
    #[serde(serialize_with = "clock::to_the_millisecond_if_any")]
    pub alerting_at: Option<Timestamp>,
    /// The callee answered.
    #[serde(serialize_with = "clock::to_the_millisecond_if_any")]
    pub answered_at: Option<Timestamp>,
    /// The call was over.
    #[serde(serialize_with = "clock::to_the_millisecond")]
    pub ended_at: Timestamp,
    /// From arrival to the first sign of the callee: ringing, in-band tones or the answer.
    pub post_dial_delay_ms: Option<u64>,
    /// From answer to end by a clock that never jumps; 0 if nobody answered.
    pub billable_ms: u64,
}

/// A number as it came and as the dial plan made it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// As received.
    pub received: String,
    /// As normalised, `+` and E.164 where the plan could; `None` if no rule got that far.
    pub normalised: Option<String>,
}

/// One trunk that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its configured name.
    pub trunk: String,
    /// The channel that was seized, on a trunk that has channels.
    pub channel: Option<String>,
    /// The called number as sent.
    pub sent: String,
    /// What came of it.
    pub outcome: Outcome,
    /// The final SIP status that came back, on a SIP trunk.
    pub sip_status: Option<u16>,
    /// The Q.850 cause it ended with; `None` while it is the answered one.
    pub cause: Option<u8>,
    /// From this attempt's start to its answer or end.
    pub delay_ms: u64,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// What came of the call.
    pub outcome: Outcome,
    /// Who ended it.
    pub released_by: Side,
    /// What ended it.
    pub why: Why,
    /// The Q.850 cause.
    pub cause: u8,
    /// Its name.
    pub cause_name: String,
    /// The SIP status of the final response: to the caller when it is a SIP leg, else from the callee.
    pub sip_status: Option<u16>,
}

/// What came of a call or of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Somebody answered.
    Answered,
    /// The callee was busy.
    Busy,
    /// It rang and nobody answered.
    NoAnswer,
    /// The callee, a rule or a limit did not want it.
    Rejected,
    /// It could not be carried.
    Failed,
    /// The caller gave up first.
    Canceled,
}

impl Outcome {
    /// What an unanswered call with this cause came to.
    pub fn of_cause(cause: call::Cause) -> Self {
        match cause.value() {
            17 => Self::Busy,
            18 | 19 => Self::NoAnswer,
            21 => Self::Rejected,
            _ => Self::Failed,
        }
    }

    /// The word in records and labels.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The calling side.
    Caller,
    /// The called side.
    Callee,
    /// The gateway itself.
    Gateway,
}

impl Side {
    /// The word in records and labels.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Callee => "callee",
            Self::Gateway => "gateway",
        }
    }
}

/// What ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A party released it, the ordinary way.
    Released,
    /// It was refused before any trunk was tried, for this reason.
    Refused(Refusal),
    /// It rang longer than it may.
    RingTimeout,
    /// No voice came for too long.
    MediaTimeout,
    /// The other end fell silent in signalling: no ACK, no answer to a request.
    SignallingTimeout,
    /// An operator hung it up.
    Operator,
    /// The gateway shut down.
    Shutdown,
}

/// Why a call was refused by the gateway itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// More calls a second than allowed.
    Cps,
    /// More calls at once than allowed.
    Capacity,
    /// Not from a known source.
    Acl,
    /// No or wrong credentials.
    Auth,
    /// A rule against fraud.
    Fraud,
    /// The gateway is draining.
    Draining,
    /// The gateway has too much to do.
    Overload,
    /// No rule or no route leads there.
    NoRoute,
}

impl Refusal {
    /// Every reason, in the order of their counters.
    pub const ALL: [Self; 8] = [
        Self::Cps,
        Self::Capacity,
        Self::Acl,
        Self::Auth,
        Self::Fraud,
        Self::Draining,
        Self::Overload,
        Self::NoRoute,
    ];

    /// The word in records and labels.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cps => "cps",
            Self::Capacity => "capacity",
            Self::Acl => "acl",
            Self::Auth => "auth",
            Self::Fraud => "fraud",
            Self::Draining => "draining",
            Self::Overload => "overload",
            Self::NoRoute => "no_route",
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
