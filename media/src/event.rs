//! What a media thread tells the control plane.

use core::time::Duration;
use std::net::SocketAddr;
use std::time::Instant;

use call::Digit;

use crate::EndpointId;

/// One thing that happened at an endpoint.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// `Open` failed; the endpoint holds nothing, and is still to be closed.
    OpenFailed {
        /// The endpoint.
        endpoint: EndpointId,
        /// Why.
        why: OpenError,
    },
    /// A digit began, or was heard.
    Digit {
        /// Where it came from.
        endpoint: EndpointId,
        /// The digit.
        digit: Digit,
        /// How long it lasted.
        milliseconds: u16,
        /// How it came.
        how: DigitSource,
    },
    /// The latch window learnt this source; it holds until signalling says otherwise.
    Latched {
        /// The endpoint.
        endpoint: EndpointId,
        /// Where its packets come from.
        source: SocketAddr,
    },
    /// No packet came for the configured time. Told once until packets come again.
    Timeout {
        /// The endpoint.
        endpoint: EndpointId,
    },
    /// The endpoint is closed and holds nothing: its name and port are free.
    Closed {
        /// The endpoint.
        endpoint: EndpointId,
        /// What went through it.
        statistics: Box<Statistics>,
    },
}

/// Why an RTP endpoint could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Another program has the port.
    InUse,
    /// The address is not of this host.
    NoSuchAddress,
    /// No file descriptor or memory for it.
    NoRoom,
    /// The thread already has as many endpoints as it may, or one of this name.
    Limit,
    /// Anything else, by its `errno`.
    Other(i32),
}

/// How a digit came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitSource {
    /// As an RFC 4733 event.
    Event,
    /// As tones in the voice.
    InBand,
}

/// What went through an endpoint, for call records and metrics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// What came in.
    pub received: Received,
    /// What went out.
    pub sent: Sent,
    /// What was thrown away, by reason.
    pub discarded: Discarded,
    /// The last round trip measured by RTCP.
    pub round_trip: Option<Duration>,
    /// What the peer's last RTCP report said of what we sent.
    pub reported: Option<Reported>,
    /// Mean opinion score of what came in, 1.0–4.5 by the E-model; `None` when nothing came.
    pub mos: Option<f32>,
}

/// The stream that came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Packets taken.
    pub packets: u64,
    /// Their payload octets.
    pub octets: u64,
    /// Packets missing by sequence number (RFC 3550 §6.4.1).
    pub lost: u64,
    /// Interarrival jitter at the end (RFC 3550 §6.4.1).
    pub jitter: Duration,
    /// Voice made up by concealment.
    pub concealed: Duration,
    /// When the first came.
    pub first: Option<Instant>,
    /// When the last came.
    pub last: Option<Instant>,
}

/// The stream that went out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Packets given to the socket.
    pub packets: u64,
    /// Their payload octets.
    pub octets: u64,
    /// Packets the socket would not take.
    pub refused: u64,
    /// When the first went.
    pub first: Option<Instant>,
    /// When the last went.
    pub last: Option<Instant>,
}

/// What the peer reported of our stream in its last RTCP report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// Packets it misses in all.
    pub lost: u32,
    /// Its interarrival jitter.
    pub jitter: Duration,
}

/// Packets thrown away, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Discarded {
    /// Not from the address we listen to: injection, or a stray of an earlier call.
    pub source: u64,
    /// No RTP: too short, too long, not version 2, broken.
    pub malformed: u64,
    /// A payload type nobody agreed on.
    pub payload_type: u64,
    /// Came too late for its turn, or twice.
    pub late: u64,
    /// The jitter buffer was full.
    pub overflow: u64,
    /// The direction expects none: before `Configure`, on hold, or an RTP endpoint joined to nobody.
    pub unexpected: u64,
}

impl Discarded {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.source + self.malformed + self.payload_type + self.late + self.overflow + self.unexpected
    }
}

impl Event {
    /// The endpoint it happened at.
    pub const fn endpoint(&self) -> EndpointId {
        match self {
            Self::OpenFailed { endpoint, .. }
            | Self::Digit { endpoint, .. }
            | Self::Latched { endpoint, .. }
            | Self::Timeout { endpoint }
            | Self::Closed { endpoint, .. } => *endpoint,
        }
    }
}
