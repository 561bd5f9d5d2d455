//! What the gateway is told at its start, put together from the config.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

use media::codec::Codec;
use media::tone::Country;
use mistakes::Network;

/// Everything but the dial plan.
pub struct Settings {
    /// The gateway's name in records.
    pub node: String,
    /// The SIP stack's own settings.
    pub sip: sip::stack::Config,
    /// Where voice goes.
    pub media: Media,
    /// The most calls at once.
    pub calls_max: usize,
    /// Messages in a second that are read from one address that is no trunk's.
    pub stranger_requests_per_second: Option<NonZeroU32>,
    /// Calls begun in a second, from anywhere.
    pub calls_per_second: Option<NonZeroU32>,
    /// The trunks, in the order of the config.
    pub trunks: Vec<TrunkSettings>,
}

/// Where voice goes.
#[derive(Clone, Debug)]
pub struct Media {
    /// The local address of RTP, also written into session descriptions.
    pub address: IpAddr,
    /// Its ports.
    pub ports: RangeInclusive<u16>,
    /// Media threads.
    pub threads: usize,
    /// Endpoints a thread holds at most.
    pub endpoints_per_thread: usize,
}

/// One trunk.
pub struct TrunkSettings {
    /// Its configured name.
    pub name: String,
    /// How long calls on it may stay where they are.
    pub patience: super::Patience,
    /// Whose tones are played where the far side gives none.
    pub country: Country,
    /// What it is.
    pub kind: TrunkKind,
}

/// The two kinds of trunk.
pub enum TrunkKind {
    /// A SIP peer.
    Sip(SipTrunk),
    /// Lines to the PSTN.
    Line(Box<LineTrunk>),
}

/// A SIP peer.
#[derive(Clone, Debug)]
pub struct SipTrunk {
    /// Where calls to it go.
    pub peer: SocketAddr,
    /// By which transport.
    pub transport: sip::transport::Transport,
    /// Our listener they leave from.
    pub local: SocketAddr,
    /// How we call ourselves to it: our address as it reaches us.
    pub host: String,
    /// Who may send calls as this trunk.
    pub sources: Vec<Network>,
    /// The codecs allowed, best first.
    pub codecs: Vec<Codec>,
    /// Calls at once, both ways.
    pub calls: Option<u32>,
    /// Calls begun in a second, both ways.
    pub calls_per_second: Option<NonZeroU32>,
    /// End a call after this long without a packet where some are due.
    pub media_timeout: Option<Duration>,
    /// Learn the source of its RTP once within this time of signalling; `None`: the signalled address only.
    pub latch: Option<Duration>,
    /// Give its callers ringing tone in-band (183) where the far side rings without one.
    pub ringback: bool,
}

/// Lines to the PSTN.
pub struct LineTrunk {
    /// Its channels with their signalling, ready to run.
    pub trunk: trunks::Trunk,
    /// `isdn`, `cas`, …: what it is called to operators.
    pub kind: String,
    /// What it leads to, in words.
    pub peer: String,
    /// The codec of its law.
    pub codec: Codec,
    /// Play busy or congestion tone to a caller on it whose call fails, before releasing it.
    pub failure_tones: bool,
}
