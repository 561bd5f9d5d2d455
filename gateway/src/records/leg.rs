//! One side of a call in its record: trunk, circuit, codec and how the voice fared.

use serde::{Deserialize, Serialize};

/// One side of a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// The trunk it came from or went to, by its configured name.
    pub trunk: Option<String>,
    /// The circuit on that trunk, such as `1` or `17`.
    pub circuit: Option<String>,
    /// The codec, once one was agreed: `pcma`, `pcmu`.
    pub codec: Option<String>,
    /// How its RTP fared; `None` on a circuit or before any stream was opened.
    pub rtp: Option<Rtp>,
    /// DTMF digits that came from this side (only how many).
    pub digits: u32,
}

/// How one leg's RTP fared, as its endpoint counted until it was closed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rtp {
    /// Packets accepted from this side.
    pub received: u64,
    /// Packets sent to it.
    pub sent: u64,
    /// Packets that never came, by their sequence numbers.
    pub lost: u64,
    /// Packets that came from a source nobody signalled.
    pub discarded_source: u64,
    /// Packets that came too late for the jitter buffer, or twice.
    pub discarded_late: u64,
    /// Packets that were no RTP, or of a payload type nobody agreed to.
    pub discarded_invalid: u64,
    /// Interarrival jitter at the end, RFC 3550 §6.4.1.
    pub jitter_ms: f64,
    /// The last round trip that RTCP told, if any.
    pub round_trip_ms: Option<f64>,
    /// The E-model's guess of the mean opinion score of what was received, 1.0–4.5; `None` without packets.
    pub mos: Option<f64>,
}
