//! What the control plane asks of a media thread.

use core::fmt;
use core::time::Duration;
use std::net::SocketAddr;

use call::Digit;

use crate::sdp::Negotiated;
use crate::tone::Tone;
use crate::{Bearer, EndpointId};

/// One request; a thread obeys them in the order they were sent.
///
/// A request that names an endpoint the thread does not have is ignored, save `Close`: that one is always
/// answered by `Closed`.
pub enum Command {
    /// Opens an RTP endpoint on this address and port, with RTCP on the port above. Until `Configure` it takes
    /// and sends nothing. Failure is told by `OpenFailed`.
    Open {
        /// The name of the new endpoint.
        endpoint: EndpointId,
        /// Its RTP address; the port is even.
        local: SocketAddr,
    },
    /// Says what the endpoint's stream is, first or anew. Sequence, timestamp and SSRC of what it sends go on.
    Configure {
        /// The RTP endpoint.
        endpoint: EndpointId,
        /// The stream.
        stream: StreamConfig,
    },
    /// Opens an endpoint that is a line.
    OpenBearer {
        /// The name of the new endpoint.
        endpoint: EndpointId,
        /// The line, held until the endpoint is closed.
        bearer: Box<dyn Bearer>,
        /// Whether to listen for DTMF from the line: heard digits become events and are muted.
        detect_digits: bool,
    },
    /// Joins two endpoints of one thread both ways; whatever they were joined to before is left alone.
    /// An endpoint is never joined to itself.
    Bridge {
        /// One.
        a: EndpointId,
        /// The other.
        b: EndpointId,
    },
    /// Joins two endpoints one way: `to` gets what `from` sends, as with early media.
    CutThrough {
        /// The side that speaks.
        from: EndpointId,
        /// The side that hears.
        to: EndpointId,
    },
    /// Parts an endpoint from its peer, both ways.
    Unbridge {
        /// Either side.
        endpoint: EndpointId,
    },
    /// Plays a tone to the endpoint in place of what its peer says, until `StopTone`. An RTP endpoint hears it
    /// from when it is configured.
    Tone {
        /// Who hears it.
        endpoint: EndpointId,
        /// The tone.
        tone: Tone,
    },
    /// Ends the tone; the peer is heard again.
    StopTone {
        /// Who heard it.
        endpoint: EndpointId,
    },
    /// Sends a digit to the endpoint: an RFC 4733 event where the stream has them, else tones.
    Digit {
        /// Who gets it.
        endpoint: EndpointId,
        /// The digit.
        digit: Digit,
        /// How long it lasts; at least 40 ms are sent (ITU-T Q.24).
        milliseconds: u16,
    },
    /// Closes the endpoint and frees all it held; answered by `Closed`.
    Close {
        /// The endpoint.
        endpoint: EndpointId,
    },
}

/// The stream of an RTP endpoint: what was negotiated, and what this side makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamConfig {
    /// What both sides agreed on.
    pub negotiated: Negotiated,
    /// Learn the source from the packets that come within this time, once (symmetric RTP); `None` takes the
    /// signalled address only. Only signalling opens the window: every `Configure` that has one opens it anew.
    pub latch: Option<Duration>,
    /// Tell `Timeout` when no packet came for this long though the direction expects some.
    pub timeout: Option<Duration>,
}

impl StreamConfig {
    /// As negotiated; no latch, no timeout.
    pub const fn new(negotiated: Negotiated) -> Self {
        Self { negotiated, latch: None, timeout: None }
    }
}

impl Command {
    /// The endpoint whose thread obeys it.
    pub const fn endpoint(&self) -> EndpointId {
        match self {
            Self::Open { endpoint, .. }
            | Self::Configure { endpoint, .. }
            | Self::OpenBearer { endpoint, .. }
            | Self::Bridge { a: endpoint, .. }
            | Self::CutThrough { from: endpoint, .. }
            | Self::Unbridge { endpoint }
            | Self::Tone { endpoint, .. }
            | Self::StopTone { endpoint }
            | Self::Digit { endpoint, .. }
            | Self::Close { endpoint } => *endpoint,
        }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Open { .. } => "Open",
            Self::Configure { .. } => "Configure",
            Self::OpenBearer { .. } => "OpenBearer",
            Self::Bridge { .. } => "Bridge",
            Self::CutThrough { .. } => "CutThrough",
            Self::Unbridge { .. } => "Unbridge",
            Self::Tone { .. } => "Tone",
            Self::StopTone { .. } => "StopTone",
            Self::Digit { .. } => "Digit",
            Self::Close { .. } => "Close",
        };
        write!(f, "{name}({:?})", self.endpoint())
    }
}
