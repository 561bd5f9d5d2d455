//! Session descriptions: typed RFC 8866 text, and the offer/answer of RFC 3264 for one voice stream.

mod description;
mod negotiate;
mod session;
#[cfg(test)]
mod tests;

pub use description::{Audio, Description, Format, Media, Protocol, SdpError};
pub use negotiate::{Negotiated, PayloadTypes, Refusal};
pub use session::{Local, Order, Session};

/// Longest description that is read; an offer of a dozen codecs and ICE candidates has about 3,000 octets.
pub const MAX_DESCRIPTION: usize = 16 * 1024;
/// Most media lines that are read; more refuse the description.
pub const MAX_MEDIA: usize = 16;
/// Most formats of one media line that are read; the rest are not looked at.
pub const MAX_FORMATS: usize = 64;
/// Longest packet that is asked for or sent, in milliseconds of voice.
pub const MAX_PACKET_MILLISECONDS: u8 = 60;
/// What `a=ptime` is when nobody says (RFC 3551 §4.2).
pub const DEFAULT_PACKET_MILLISECONDS: u8 = 20;

/// Which ways voice flows, seen from the side that says it (RFC 3264 §5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendReceive,
    /// From this side only.
    SendOnly,
    /// To this side only.
    ReceiveOnly,
    /// Neither way.
    Inactive,
}

impl Direction {
    /// From the two halves.
    pub const fn new(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendReceive,
            (true, false) => Self::SendOnly,
            (false, true) => Self::ReceiveOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether this side sends.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendReceive | Self::SendOnly)
    }

    /// Whether this side receives.
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendReceive | Self::ReceiveOnly)
    }

    /// The same seen from the other side.
    pub const fn reversed(self) -> Self {
        Self::new(self.receives(), self.sends())
    }

    /// What both allow.
    pub const fn and(self, other: Self) -> Self {
        Self::new(self.sends() && other.sends(), self.receives() && other.receives())
    }

    /// The name of its SDP attribute.
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::SendReceive => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::ReceiveOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// The direction with this attribute name.
    pub fn from_attribute(name: &str) -> Option<Self> {
        [Self::SendReceive, Self::SendOnly, Self::ReceiveOnly, Self::Inactive]
            .into_iter()
            .find(|direction| direction.attribute().eq_ignore_ascii_case(name))
    }
}
