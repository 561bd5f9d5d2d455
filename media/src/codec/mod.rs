//! The voice codecs the gateway knows, and what the rest of media must know of each.

pub mod g711;

pub use g711::Law;

/// A voice codec as it is negotiated and carried in RTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Codec {
    /// G.711 A-law.
    Pcma,
    /// G.711 mu-law.
    Pcmu,
}

impl Codec {
    /// Every codec, in the order we prefer to offer them.
    pub const ALL: [Self; 2] = [Self::Pcma, Self::Pcmu];

    /// The encoding name of SDP `a=rtpmap` (RFC 3551 table 4).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
        }
    }

    /// The codec with this encoding name, whatever its case (RFC 4855 §3), and clock rate.
    pub fn from_name(name: &str, clock_rate: u32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name) && codec.clock_rate() == clock_rate)
    }

    /// The codec of a static payload type (RFC 3551 table 4).
    pub fn from_static_payload_type(payload_type: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.static_payload_type() == Some(payload_type))
    }

    /// The payload type RFC 3551 table 4 gives it; `None` for a codec that has only dynamic ones.
    pub const fn static_payload_type(self) -> Option<u8> {
        match self {
            Self::Pcmu => Some(0),
            Self::Pcma => Some(8),
        }
    }

    /// RTP timestamp units a second.
    pub const fn clock_rate(self) -> u32 {
        8000
    }

    /// RTP timestamp units a millisecond.
    pub const fn samples_per_ms(self) -> usize {
        8
    }

    /// Octets a millisecond of voice takes in a packet.
    pub const fn octets_per_ms(self) -> usize {
        8
    }

    /// The G.711 law, for the codecs that are G.711.
    pub const fn law(self) -> Law {
        match self {
            Self::Pcma => Law::A,
            Self::Pcmu => Law::Mu,
        }
    }
}

impl From<Law> for Codec {
    fn from(law: Law) -> Self {
        match law {
            Law::A => Self::Pcma,
            Law::Mu => Self::Pcmu,
        }
    }
}
