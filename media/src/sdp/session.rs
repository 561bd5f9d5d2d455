//! Our side of one SIP session's descriptions: what we offer, how we answer, what we last said.

use core::fmt::Write as _;
use std::net::IpAddr;

use super::description::{Audio, Description, Media, Protocol};
use super::negotiate::{
    Negotiated, PayloadTypes, Refusal, codec_of, packet_milliseconds, reachable, telephone_event_of,
};
use super::{DEFAULT_PACKET_MILLISECONDS, Direction};
use crate::codec::Codec;

/// The payload type we give telephone-event until the peer names another.
const TELEPHONE_EVENT: u8 = 101;

/// What this side can and wants to do in a description.
#[derive(Clone, Copy, Debug)]
pub struct Local<'a> {
    /// The address put in `c=` and `o=`.
    pub address: IpAddr,
    /// The RTP port; RTCP is the one above.
    pub port: u16,
    /// The codecs allowed, best first.
    pub codecs: &'a [Codec],
    /// Whose order of codecs decides an answer.
    pub order: Order,
    /// Whether digits may go as RFC 4733 events.
    pub telephone_event: bool,
    /// Voice in a packet that we like to receive, and to send unless the peer asks otherwise.
    pub packet_milliseconds: u8,
    /// The most we want to do.
    pub direction: Direction,
}

impl<'a> Local<'a> {
    /// Both ways, 20 ms, telephone-event, the peer's order of codecs.
    pub const fn new(address: IpAddr, port: u16, codecs: &'a [Codec]) -> Self {
        Self {
            address,
            port,
            codecs,
            order: Order::Peer,
            telephone_event: true,
            packet_milliseconds: DEFAULT_PACKET_MILLISECONDS,
            direction: Direction::SendReceive,
        }
    }
}

/// Whose preference chooses among the codecs both sides can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The offerer's.
    #[default]
    Peer,
    /// Ours.
    Local,
}

/// The descriptions of one SIP session from our side, over its offers and answers.
#[derive(Clone, Debug)]
pub struct Session {
    id: u64,
    version: u64,
    /// Our last description after its `o=` line; the version stays while this does (RFC 3264 §8).
    last: String,
    /// The media lines of the session; a line once there stays (RFC 3264 §8).
    lines: Vec<Line>,
    /// The payload type of telephone-event; a mapping once made stays (RFC 3264 §8.3.2).
    telephone_event: u8,
    /// What we last offered, until it is answered.
    offered: Option<Offered>,
}

/// One media line of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    /// The voice stream.
    Voice,
    /// Declined: written with port 0.
    Declined { kind: Box<str>, protocol: Box<str>, formats: Box<str> },
}

/// The part of an open offer that its answer is measured by.
#[derive(Clone, Debug)]
struct Offered {
    codecs: Vec<Codec>,
    telephone_event: bool,
    direction: Direction,
    packet_milliseconds: u8,
}

/// What the voice line of a description says.
struct Voice<'a> {
    codecs: &'a [(Codec, u8)],
    telephone_event: Option<u8>,
    packet_milliseconds: u8,
    direction: Direction,
}

impl Session {
    /// A session that has said nothing yet; `id` should be random (RFC 8866 §5.2).
    pub const fn new(id: u64) -> Self {
        // Many peers read these numbers as signed 64-bit ones.
        let id = id >> 1;
        Self {
            id,
            version: 0,
            last: String::new(),
            lines: Vec::new(),
            telephone_event: TELEPHONE_EVENT,
            offered: None,
        }
    }

    /// An offer of everything `local` can.
    pub fn offer(&mut self, local: &Local<'_>) -> Vec<u8> {
        if !self.lines.contains(&Line::Voice) {
            self.lines.push(Line::Voice);
        }
        let codecs: Vec<_> =
            local.codecs.iter().filter_map(|c| Some((*c, c.static_payload_type()?))).collect();
        self.offered = Some(Offered {
            codecs: codecs.iter().map(|(codec, _)| *codec).collect(),
            telephone_event: local.telephone_event,
            direction: local.direction,
            packet_milliseconds: local.packet_milliseconds,
        });
        let voice = Voice {
            codecs: &codecs,
            telephone_event: local.telephone_event.then_some(self.telephone_event),
            packet_milliseconds: local.packet_milliseconds,
            direction: local.direction,
        };
        self.write(local, &voice)
    }

    /// Answers `offer`: the first usable audio line is taken, every other line declined. Asked again with the
    /// same, it says the same.
    ///
    /// # Errors
    /// Says why the offer cannot be taken; nothing has changed then.
    pub fn answer(
        &mut self,
        offer: &Description,
        local: &Local<'_>,
    ) -> Result<(Vec<u8>, Negotiated), Refusal> {
        let (place, audio, (codec, payload_type)) = choose(offer, local)?;
        let remote = reachable(audio)?;
        let event = telephone_event_of(audio, codec.clock_rate()).filter(|_| local.telephone_event);
        let negotiated = Negotiated {
            codec,
            payload_type: PayloadTypes { send: payload_type, receive: payload_type },
            telephone_event: event.map(|event| PayloadTypes { send: event, receive: event }),
            packet_milliseconds: packet_milliseconds(audio, local.packet_milliseconds),
            direction: local.direction.and(audio.direction.reversed()),
            remote,
            remote_rtcp: audio.remote_rtcp().ok_or(Refusal::NoAddress)?,
        };
        self.offered = None;
        self.telephone_event = event.unwrap_or(self.telephone_event);
        self.lines =
            offer.media.iter().enumerate().map(|(at, media)| Line::answering(media, at == place)).collect();
        let voice = Voice {
            codecs: &[(codec, payload_type)],
            telephone_event: event,
            packet_milliseconds: negotiated.packet_milliseconds,
            direction: negotiated.direction,
        };
        Ok((self.write(local, &voice), negotiated))
    }

    /// What `answer` makes of our last offer. It may be asked again: provisional answers precede the final one,
    /// and each fork gives its own.
    ///
    /// # Errors
    /// Says why the answer cannot be taken.
    pub fn negotiate(&self, answer: &Description) -> Result<Negotiated, Refusal> {
        let offered = self.offered.as_ref().ok_or(Refusal::Mismatch)?;
        let place = self.lines.iter().position(|line| *line == Line::Voice).ok_or(Refusal::Mismatch)?;
        let Some(Media::Audio(audio)) = answer.media.get(place) else { return Err(Refusal::Mismatch) };
        let remote = reachable(audio)?;
        let codec_and_type = |format| codec_of(format).map(|codec| (codec, format.payload_type));
        let mut answered = audio.formats.iter().filter_map(codec_and_type);
        let (codec, send) =
            answered.find(|(codec, _)| offered.codecs.contains(codec)).ok_or(Refusal::NoCodec)?;
        let event = telephone_event_of(audio, codec.clock_rate()).filter(|_| offered.telephone_event);
        Ok(Negotiated {
            codec,
            payload_type: PayloadTypes { send, receive: codec.static_payload_type().unwrap_or(send) },
            telephone_event: event.map(|send| PayloadTypes { send, receive: self.telephone_event }),
            packet_milliseconds: packet_milliseconds(audio, offered.packet_milliseconds),
            direction: offered.direction.and(audio.direction.reversed()),
            remote,
            remote_rtcp: audio.remote_rtcp().ok_or(Refusal::NoAddress)?,
        })
    }

    /// Writes our description; its version rises when, and only when, it says something new.
    fn write(&mut self, local: &Local<'_>, voice: &Voice<'_>) -> Vec<u8> {
        let mut body = String::with_capacity(256);
        let family = if local.address.is_ipv4() { "IP4" } else { "IP6" };
        let address = local.address;
        put(&mut body, format_args!("s=-\r\nc=IN {family} {address}\r\nt=0 0\r\n"));
        for line in &self.lines {
            match line {
                Line::Voice => voice.write(local.port, &mut body),
                Line::Declined { kind, protocol, formats } => {
                    put(&mut body, format_args!("m={kind} 0 {protocol} {formats}\r\n"));
                }
            }
        }
        if body != self.last {
            self.version = self.version.saturating_add(1);
            self.last = body;
        }
        let (id, version) = (self.id, self.version);
        format!("v=0\r\no=- {id} {version} IN {family} {address}\r\n{}", self.last).into_bytes()
    }
}

impl Line {
    fn answering(media: &Media, taken: bool) -> Self {
        let declined = |kind: &str, protocol: &str, formats: &str| Self::Declined {
            kind: kind.into(),
            protocol: protocol.into(),
            formats: formats.into(),
        };
        match media {
            Media::Audio(_) if taken => Self::Voice,
            Media::Audio(Audio { protocol: Protocol::RtpAvp, written_formats, .. }) => {
                declined("audio", "RTP/AVP", written_formats)
            }
            Media::Audio(Audio { protocol: Protocol::Other(protocol), written_formats, .. }) => {
                declined("audio", protocol, written_formats)
            }
            Media::Other { kind, protocol, formats } => declined(kind, protocol, formats),
        }
    }
}

impl Voice<'_> {
    fn write(&self, port: u16, body: &mut String) {
        put(body, format_args!("m=audio {port} RTP/AVP"));
        for payload_type in
            self.codecs.iter().map(|(_, payload_type)| *payload_type).chain(self.telephone_event)
        {
            put(body, format_args!(" {payload_type}"));
        }
        body.push_str("\r\n");
        for (codec, payload_type) in self.codecs {
            put(body, format_args!("a=rtpmap:{payload_type} {}/{}\r\n", codec.name(), codec.clock_rate()));
        }
        if let Some(event) = self.telephone_event {
            put(body, format_args!("a=rtpmap:{event} telephone-event/8000\r\na=fmtp:{event} 0-15\r\n"));
        }
        let (milliseconds, direction) = (self.packet_milliseconds, self.direction.attribute());
        put(body, format_args!("a=ptime:{milliseconds}\r\na={direction}\r\n"));
    }
}

/// The first audio line that can carry our stream, with the codec for it; else the best reason why none can.
fn choose<'a>(offer: &'a Description, local: &Local<'_>) -> Result<(usize, &'a Audio, (Codec, u8)), Refusal> {
    let mut refusal = Refusal::NoAudio;
    for (place, media) in offer.media.iter().enumerate() {
        let Media::Audio(audio) = media else { continue };
        let chosen = reachable(audio).and_then(|_| codec(audio, local).ok_or(Refusal::NoCodec));
        match chosen {
            Ok(chosen) => return Ok((place, audio, chosen)),
            Err(Refusal::NoAudio) => {}
            Err(why) if refusal == Refusal::NoAudio => refusal = why,
            Err(_) => {}
        }
    }
    Err(refusal)
}

/// The codec of an answer and the payload type the offer gives it.
fn codec(audio: &Audio, local: &Local<'_>) -> Option<(Codec, u8)> {
    let mut offered =
        audio.formats.iter().filter_map(|format| Some((codec_of(format)?, format.payload_type)));
    match local.order {
        Order::Peer => offered.find(|(codec, _)| local.codecs.contains(codec)),
        Order::Local => {
            let offered: Vec<_> = offered.collect();
            let best = |codec: &Codec| offered.iter().copied().find(|(offered, _)| offered == codec);
            local.codecs.iter().find_map(best)
        }
    }
}

fn put(text: &mut String, what: core::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _infallible = text.write_fmt(what);
}
