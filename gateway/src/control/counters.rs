//! Every counter and gauge of the running gateway, as one snapshot the logic gives to whoever asks.

use serde::{Deserialize, Serialize};

use crate::records::Refusal;

/// The snapshot. What is known at a call's end only (outcomes, delays, voice) comes from call records instead.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// Each trunk, in the order of the config.
    pub trunks: Vec<TrunkCounters>,
    /// Calls refused before they could be told to a trunk, such as from an unknown source.
    pub rejected: Rejections,
    /// Live calls.
    pub calls: u64,
    /// The most calls at once.
    pub calls_limit: u64,
    /// The SIP stack.
    pub sip: SipCounters,
    /// The media engine.
    pub media: MediaCounters,
    /// New calls are refused.
    pub draining: bool,
    /// Calls whose record was lost because nobody took it.
    pub records_lost: u64,
}

/// One trunk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrunkCounters {
    /// Its configured name.
    pub name: String,
    /// It can carry calls.
    pub up: bool,
    /// Calls that came from it, refused ones too.
    pub attempts_in: u64,
    /// Attempts to place a call on it.
    pub attempts_out: u64,
    /// Live calls that came from it.
    pub active_in: u64,
    /// Live calls placed on it.
    pub active_out: u64,
    /// The most calls at once, both ways; 0 when it has no limit of its own.
    pub calls_limit: u64,
    /// Calls from it that the gateway refused.
    pub rejected: Rejections,
    /// Its channels by state, on a trunk that has channels.
    pub channels: Vec<(super::ChannelState, u64)>,
    /// Digits heard from it: as RFC 4733 events.
    pub digits_events: u64,
    /// Digits heard from it: as tones.
    pub digits_tones: u64,
}

/// Calls the gateway itself refused, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejections([u64; Refusal::ALL.len()]);

impl Rejections {
    /// One more.
    pub fn count(&mut self, why: Refusal) {
        if let Some(slot) = self.0.get_mut(why as usize) {
            *slot = slot.saturating_add(1);
        }
    }

    /// How many for this reason.
    pub fn of(&self, why: Refusal) -> u64 {
        self.0.get(why as usize).copied().unwrap_or(0)
    }
}

/// The SIP stack. Methods and statuses are bounded: unknown methods count as `OTHER`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipCounters {
    /// Requests by direction and method.
    pub requests: Vec<(Way, String, u64)>,
    /// Responses by direction and status.
    pub responses: Vec<(Way, u16, u64)>,
    /// Messages sent again because nothing came back.
    pub retransmissions_out: u64,
    /// Messages received again.
    pub retransmissions_in: u64,
    /// Messages that could not be understood.
    pub parse_errors: u64,
    /// Messages dropped without an answer, by reason; those not understood are not among them.
    pub dropped: Vec<(String, u64)>,
    /// Messages refused without keeping anything of them.
    pub stateless_refusals: u64,
    /// Live transactions.
    pub transactions: u64,
    /// Live dialogs.
    pub dialogs: u64,
    /// Open stream connections.
    pub connections: u64,
}

/// Seen from the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Towards the gateway.
    In,
    /// Away from it.
    Out,
}

impl Way {
    /// The word in labels.
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// The media engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaCounters {
    /// RTP ports in use.
    pub ports_in_use: u64,
    /// RTP ports there are.
    pub ports_limit: u64,
    /// Bridges between unlike codecs, by codec from and to.
    pub transcoding: Vec<(String, String, u64)>,
}
