//! A session description as a peer sent it, reduced to what a voice gateway asks of it.

use core::fmt;
use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use super::{Direction, MAX_DESCRIPTION, MAX_FORMATS, MAX_MEDIA};

/// A parsed session description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The media lines, in order.
    pub media: Vec<Media>,
}

/// One media line with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Media {
    /// `m=audio`.
    Audio(Audio),
    /// Anything else: kept as it was written, to be declined on the same line (RFC 3264 §6).
    Other {
        /// The media, as `video`.
        kind: Box<str>,
        /// The transport, as `RTP/AVP`.
        protocol: Box<str>,
        /// The formats, as written.
        formats: Box<str>,
    },
}

/// An `m=audio` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audio {
    /// Where it wants its RTP; `None` when it gave a name or nothing that is an address.
    pub address: Option<IpAddr>,
    /// Its RTP port; 0 declines the stream.
    pub port: u16,
    /// Where it wants its RTCP, when it said so (RFC 3605); a port alone goes with `address`.
    pub rtcp: Option<(Option<IpAddr>, u16)>,
    /// The transport.
    pub protocol: Protocol,
    /// The formats that are payload types, in its order of preference.
    pub formats: Vec<Format>,
    /// The direction as its writer sees it; a connection address of 0.0.0.0 takes no voice (RFC 3264 §8.4).
    pub direction: Direction,
    /// `a=ptime`.
    pub packet_milliseconds: Option<u32>,
    /// `a=maxptime`.
    pub packet_milliseconds_max: Option<u32>,
    /// The formats as written, for declining them.
    pub written_formats: Box<str>,
}

/// The transport of a media line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `RTP/AVP`.
    RtpAvp,
    /// Any other, as written.
    Other(Box<str>),
}

/// One payload type of a media line with its `a=rtpmap`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// The payload type, 0–127.
    pub payload_type: u8,
    /// The encoding name and clock rate; `None` where a static payload type stands alone.
    pub encoding: Option<(Box<str>, u32)>,
}

/// Why bytes are no session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SdpError {
    /// Longer than [`MAX_DESCRIPTION`].
    TooLong,
    /// More media lines than [`MAX_MEDIA`].
    TooManyMedia,
    /// It breaks the grammar of RFC 8866 in a line that matters here.
    Grammar,
}

impl fmt::Display for SdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the description is too long",
            Self::TooManyMedia => "the description has too many media lines",
            Self::Grammar => "the description is malformed",
        })
    }
}

impl Description {
    /// Reads a description; octets that are not UTF-8 are tolerated, as are lines this gateway does not use.
    ///
    /// # Errors
    /// When it is too large or a line that matters is malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, SdpError> {
        if bytes.len() > MAX_DESCRIPTION {
            return Err(SdpError::TooLong);
        }
        let text = String::from_utf8_lossy(bytes);
        let lines = used_lines(&text);
        if lines.lines().filter(|line| line.starts_with("m=")).count() > MAX_MEDIA {
            return Err(SdpError::TooManyMedia);
        }
        let session = sdp_types::Session::parse(lines.as_bytes()).map_err(|_| SdpError::Grammar)?;
        let media = session.medias.iter().map(|media| Media::read(media, &session)).collect();
        Ok(Self { media })
    }

    /// The audio lines.
    pub fn audio(&self) -> impl Iterator<Item = &Audio> {
        self.media.iter().filter_map(|media| match media {
            Media::Audio(audio) => Some(audio),
            Media::Other { .. } => None,
        })
    }
}

/// The lines that are read here, so that a slip in a bandwidth or a time zone costs nobody a call.
fn used_lines(text: &str) -> Cow<'_, str> {
    let used = |line: &&str| matches!(line.as_bytes(), [b'v' | b'c' | b'm' | b'a', b'=', ..]);
    if text.lines().all(|line| used(&line)) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    for line in text.lines().map(str::trim_end).filter(used) {
        kept.push_str(line);
        kept.push_str("\r\n");
    }
    Cow::Owned(kept)
}

impl Media {
    fn read(media: &sdp_types::Media, session: &sdp_types::Session) -> Self {
        if media.media.eq_ignore_ascii_case("audio") {
            return Self::Audio(Audio::read(media, session));
        }
        Self::Other {
            kind: media.media.as_str().into(),
            protocol: media.proto.as_str().into(),
            formats: media.fmt.as_str().into(),
        }
    }
}

impl Audio {
    fn read(media: &sdp_types::Media, session: &sdp_types::Session) -> Self {
        let connection = media.connections.first().or(session.connection.as_ref());
        let address = connection.and_then(|connection| first_address(&connection.connection_address));
        let mut direction =
            direction_of(&media.attributes).or_else(|| direction_of(&session.attributes)).unwrap_or_default();
        if address.is_some_and(|address| address.is_unspecified()) {
            direction = direction.and(Direction::SendOnly);
        }
        Self {
            address,
            port: media.port,
            rtcp: value_of(media, "rtcp").and_then(rtcp_address),
            protocol: match media.proto.as_str() {
                avp if avp.eq_ignore_ascii_case("RTP/AVP") => Protocol::RtpAvp,
                other => Protocol::Other(other.into()),
            },
            formats: formats_of(media),
            direction,
            packet_milliseconds: value_of(media, "ptime").and_then(milliseconds),
            packet_milliseconds_max: value_of(media, "maxptime").and_then(milliseconds),
            written_formats: media.fmt.as_str().into(),
        }
    }

    /// Where RTP goes; `None` without an address that one host has.
    pub fn remote(&self) -> Option<SocketAddr> {
        let address = self.address.filter(|address| is_one_host(*address))?;
        Some(SocketAddr::new(address, self.port))
    }

    /// Where RTCP goes: as said, else the port above (RFC 3550 §11).
    pub fn remote_rtcp(&self) -> Option<SocketAddr> {
        let remote = self.remote()?;
        match self.rtcp {
            Some((address, port)) => {
                let address = address.unwrap_or(remote.ip());
                is_one_host(address).then_some(SocketAddr::new(address, port))
            }
            None => Some(SocketAddr::new(remote.ip(), self.port.checked_add(1)?)),
        }
    }

    /// The encoding of a format: its `a=rtpmap`, else what the payload type always means.
    pub(super) fn find(&self, matches: impl Fn(&Format) -> bool) -> Option<&Format> {
        self.formats.iter().find(|format| matches(format))
    }
}

/// Whether packets may be sent there at all: never to many hosts (RFC 3264 leaves multicast to others).
fn is_one_host(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_multicast() && !v4.is_broadcast(),
        IpAddr::V6(v6) => !v6.is_multicast(),
    }
}

/// `192.0.2.1`, or the first of `224.2.1.1/127/3`.
fn first_address(written: &str) -> Option<IpAddr> {
    written.split('/').next()?.parse().ok()
}

/// `53020` or `53020 IN IP6 2001:db8::1` (RFC 3605 §2.1).
fn rtcp_address(written: &str) -> Option<(Option<IpAddr>, u16)> {
    let mut words = written.split_ascii_whitespace();
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    let address = words.nth(2);
    Some(match address {
        None => (None, port),
        Some(address) => (Some(address.parse().ok()?), port),
    })
}

/// Whole milliseconds; some peers write `20.0`.
fn milliseconds(written: &str) -> Option<u32> {
    written.split('.').next()?.trim().parse().ok()
}

fn value_of<'a>(media: &'a sdp_types::Media, name: &str) -> Option<&'a str> {
    let attribute =
        media.attributes.iter().find(|attribute| attribute.attribute.eq_ignore_ascii_case(name))?;
    attribute.value.as_deref().map(str::trim)
}

/// The last word on direction wins, as with peers that append to what they once said.
fn direction_of(attributes: &[sdp_types::Attribute]) -> Option<Direction> {
    attributes.iter().rev().find_map(|attribute| Direction::from_attribute(attribute.attribute.trim()))
}

fn formats_of(media: &sdp_types::Media) -> Vec<Format> {
    let types = media.fmt.split_ascii_whitespace().take(MAX_FORMATS);
    let types = types.filter_map(|written| written.parse().ok()).filter(|payload_type| *payload_type < 128);
    types.map(|payload_type| Format { payload_type, encoding: encoding_of(media, payload_type) }).collect()
}

/// `8 PCMA/8000` or `8 PCMA/8000/1`.
fn encoding_of(media: &sdp_types::Media, payload_type: u8) -> Option<(Box<str>, u32)> {
    let maps = media.attributes.iter().filter(|attribute| attribute.attribute.eq_ignore_ascii_case("rtpmap"));
    maps.filter_map(|map| map.value.as_deref()).take(MAX_FORMATS).find_map(|map| {
        let (number, encoding) = map.trim().split_once(' ')?;
        if number.parse() != Ok(payload_type) {
            return None;
        }
        let mut parts = encoding.trim().split('/');
        let (name, clock_rate, channels) = (parts.next()?, parts.next()?, parts.next().unwrap_or("1"));
        (channels.trim() == "1").then_some((name.into(), clock_rate.trim().parse().ok()?))
    })
}
