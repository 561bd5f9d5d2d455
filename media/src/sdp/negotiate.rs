//! What two descriptions agree on: the typed outcome of RFC 3264 §6–7.

use core::fmt;
use std::net::SocketAddr;

use super::description::{Audio, Format, Protocol};
use super::{DEFAULT_PACKET_MILLISECONDS, Direction, MAX_PACKET_MILLISECONDS};
use crate::codec::Codec;

/// One voice stream both sides agreed on, seen from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The codec, the same both ways.
    pub codec: Codec,
    /// Its payload types.
    pub payload_type: PayloadTypes,
    /// Those of telephone-event (RFC 4733), when both sides named it.
    pub telephone_event: Option<PayloadTypes>,
    /// How much voice the peer wants in a packet.
    pub packet_milliseconds: u8,
    /// Which ways voice flows.
    pub direction: Direction,
    /// Where the peer wants RTP, and sends it from. An unspecified address (0.0.0.0) is nobody's.
    pub remote: SocketAddr,
    /// Where the peer wants RTCP.
    pub remote_rtcp: SocketAddr,
}

/// The payload types of one encoding each way; RFC 3264 §5.1 lets them differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadTypes {
    /// In packets we send: the number the peer gave it.
    pub send: u8,
    /// In packets we receive: the number we gave it.
    pub receive: u8,
}

/// Why an offer or answer cannot be taken: 488 for an offer, the end of the call for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No audio line, or each has port 0.
    NoAudio,
    /// Audio, but over no transport we speak; a secure one is never answered by an insecure one.
    Transport,
    /// No address that one host has.
    NoAddress,
    /// No codec in common.
    NoCodec,
    /// The answer's lines are not those of the offer, or nothing was offered (RFC 3264 §6).
    Mismatch,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAudio => "no audio stream",
            Self::Transport => "no audio over RTP/AVP",
            Self::NoAddress => "no usable address",
            Self::NoCodec => "no codec in common",
            Self::Mismatch => "the answer does not match the offer",
        })
    }
}

/// Whether this line can carry our stream, codecs aside.
pub(super) fn reachable(audio: &Audio) -> Result<SocketAddr, Refusal> {
    match (audio.port, &audio.protocol) {
        (0, _) => Err(Refusal::NoAudio),
        (_, Protocol::Other(_)) => Err(Refusal::Transport),
        (_, Protocol::RtpAvp) => audio.remote().ok_or(Refusal::NoAddress),
    }
}

/// The codec a format is, by its `a=rtpmap` or else by its static number (RFC 3551 §6).
pub(super) fn codec_of(format: &Format) -> Option<Codec> {
    match &format.encoding {
        Some((name, clock_rate)) => Codec::from_name(name, *clock_rate),
        None => Codec::from_static_payload_type(format.payload_type),
    }
}

/// The payload type it gave telephone-event at this clock rate (RFC 4733 §2.4.1: one per rate).
pub(super) fn telephone_event_of(audio: &Audio, clock_rate: u32) -> Option<u8> {
    let is_event = |format: &Format| {
        format
            .encoding
            .as_ref()
            .is_some_and(|(name, rate)| name.eq_ignore_ascii_case("telephone-event") && *rate == clock_rate)
    };
    audio.find(is_event).map(|format| format.payload_type)
}

/// How much voice to send it in a packet: what it asks for, when that is whole tens within all limits.
pub(super) fn packet_milliseconds(audio: &Audio, preferred: u8) -> u8 {
    let longest = audio.packet_milliseconds_max.unwrap_or(u32::MAX).min(u32::from(MAX_PACKET_MILLISECONDS));
    let sound = |ms: u32| ms >= 10 && ms.is_multiple_of(10) && ms <= longest;
    let wishes = [audio.packet_milliseconds.unwrap_or(u32::from(preferred)), u32::from(preferred)];
    let fitting =
        wishes.into_iter().chain([u32::from(DEFAULT_PACKET_MILLISECONDS), 10]).find(|ms| sound(*ms));
    fitting.and_then(|ms| u8::try_from(ms).ok()).unwrap_or(10)
}
