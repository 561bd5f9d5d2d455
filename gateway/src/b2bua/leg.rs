//! One side of a call: the SIP session or the channel it is on, its voice, how it fared.

use media::codec::Codec;
use media::sdp::{Description, Format, Media, Negotiated, Session};
use media::{Bearer, EndpointId, Statistics};
use trunks::ChannelId;

use super::voice::{Endpoint, Voice};

pub(super) struct Leg {
    /// Its trunk, by its place in the config.
    pub(super) trunk: usize,
    pub(super) line: Line,
    /// Not yet released by either side.
    pub(super) live: bool,
    pub(super) endpoint: Option<Endpoint>,
    pub(super) codec: Option<Codec>,
    pub(super) statistics: Option<Box<Statistics>>,
    pub(super) digits: u32,
}

/// What a leg is on.
pub(super) enum Line {
    Sip(Box<SipLeg>),
    Channel(ChannelId),
    /// The gateway's own test desk, with what it will say and hear once there is something to.
    Desk(Option<Box<dyn Bearer>>),
}

/// A SIP session with its offers and answers.
pub(super) struct SipLeg {
    pub(super) session: sip::stack::SessionId,
    pub(super) sdp: Session,
    pub(super) exchange: Exchange,
    pub(super) negotiated: Option<Negotiated>,
    /// The final status that ended it before the answer, ours or the peer's.
    pub(super) status: Option<u16>,
    /// Whether a 2xx has passed.
    pub(super) answered: bool,
}

/// Where offer and answer stand, RFC 3264 and RFC 6337 §2.
pub(super) enum Exchange {
    /// The peer's INVITE had no offer: ours goes into the 2xx.
    Late,
    /// The peer's offer waits for our answer.
    Offered(Box<Description>),
    /// We answered the peer's first offer with this; the 2xx repeats it.
    Answered(Vec<u8>),
    /// Our offer waits for the peer's answer.
    Awaiting,
    /// Nothing is open.
    Settled,
}

impl Leg {
    pub(super) fn new(trunk: usize, line: Line) -> Self {
        Self { trunk, line, live: true, endpoint: None, codec: None, statistics: None, digits: 0 }
    }

    pub(super) fn sip(&self) -> Option<&SipLeg> {
        match &self.line {
            Line::Sip(leg) => Some(leg),
            Line::Channel(_) | Line::Desk(_) => None,
        }
    }

    pub(super) fn sip_mut(&mut self) -> Option<&mut SipLeg> {
        match &mut self.line {
            Line::Sip(leg) => Some(leg),
            Line::Channel(_) | Line::Desk(_) => None,
        }
    }

    pub(super) fn endpoint_id(&self) -> Option<EndpointId> {
        self.endpoint.as_ref().map(|endpoint| endpoint.id)
    }

    /// Asks for its voice to be closed. The endpoint stays the leg's until it is.
    pub(super) fn close_voice(&self, voice: &mut Voice) {
        if let Some(endpoint) = &self.endpoint {
            voice.close(endpoint);
        }
    }

    /// The codecs the peer offered, in its order, as far as we know them.
    pub(super) fn offered_codecs(&self) -> Vec<Codec> {
        match self.sip().map(|leg| &leg.exchange) {
            Some(Exchange::Offered(description)) => offered(description),
            Some(Exchange::Late | Exchange::Answered(_) | Exchange::Awaiting | Exchange::Settled) | None => {
                self.codec.into_iter().collect()
            }
        }
    }
}

/// The codecs of the first audio line that we know, in its order.
fn offered(description: &Description) -> Vec<Codec> {
    let audio = description.media.iter().find_map(|media| match media {
        Media::Audio(audio) if audio.port != 0 => Some(audio),
        Media::Audio(_) | Media::Other { .. } => None,
    });
    let known = |format: &Format| match &format.encoding {
        Some((name, clock_rate)) => Codec::from_name(name, *clock_rate),
        None => Codec::from_static_payload_type(format.payload_type),
    };
    audio.map(|audio| audio.formats.iter().filter_map(known).collect()).unwrap_or_default()
}

impl SipLeg {
    pub(super) fn new(session: sip::stack::SessionId, id: u64, exchange: Exchange) -> Self {
        Self { session, sdp: Session::new(id), exchange, negotiated: None, status: None, answered: false }
    }
}
