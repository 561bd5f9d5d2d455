//! The RTP fixed header (RFC 3550 §5.1): a view of a packet in place, and its rewriting in place.

#[cfg(test)]
mod tests;

/// Octets of the fixed header.
pub const FIXED_OCTETS: usize = 12;
const VERSION: u8 = 2;
const PADDING: u8 = 0x20;
const EXTENSION: u8 = 0x10;
const CSRC_COUNT: u8 = 0x0F;
const MARKER: u8 = 0x80;

/// The fields of the fixed header that differ from packet to packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Header {
    /// Payload type, 0–127.
    pub payload_type: u8,
    /// For voice: the first packet after a silence (RFC 3551 §4.1).
    pub marker: bool,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp of the first sample, in units of the clock rate.
    pub timestamp: u32,
    /// Synchronization source.
    pub ssrc: u32,
}

/// Why bytes are not an RTP packet (RFC 3550 appendix A.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotRtp {
    /// Shorter than a fixed header.
    TooShort,
    /// Another version than 2; STUN, DTLS and old RTP look so.
    Version(u8),
    /// The payload type is one that an RTCP packet would show (RFC 5761 §4).
    Rtcp,
    /// The contributing sources reach beyond the end.
    ContributingSources,
    /// The header extension reaches beyond the end.
    Extension,
    /// The padding count is zero or larger than what is left.
    Padding,
}

/// A header extension (RFC 3550 §5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The 16 bits the profile defines.
    pub profile: u16,
    /// What follows them, a multiple of four octets.
    pub data: &'a [u8],
}

/// A whole RTP packet, checked, where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The fixed header.
    pub header: Header,
    /// The header extension, if any.
    pub extension: Option<Extension<'a>>,
    /// The payload without padding; it may be empty.
    pub payload: &'a [u8],
    contributing: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Checks the bytes of one datagram and shows them as a packet.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, NotRtp> {
        let (fixed, rest) = bytes.split_first_chunk::<FIXED_OCTETS>().ok_or(NotRtp::TooShort)?;
        let header = Header::read(fixed)?;
        let [first, ..] = *fixed;
        if first & (PADDING | EXTENSION | CSRC_COUNT) == 0 {
            return Ok(Self { header, extension: None, payload: rest, contributing: &[] });
        }
        let contributing_octets = usize::from(first & CSRC_COUNT) * 4;
        let (contributing, rest) =
            rest.split_at_checked(contributing_octets).ok_or(NotRtp::ContributingSources)?;
        let (extension, rest) = if first & EXTENSION == 0 { (None, rest) } else { split_extension(rest)? };
        let payload = if first & PADDING == 0 { rest } else { without_padding(rest)? };
        Ok(Self { header, extension, payload, contributing })
    }

    /// The contributing sources a mixer listed.
    pub fn contributing_sources(&self) -> impl Iterator<Item = u32> + 'a {
        let (ssrcs, _) = self.contributing.as_chunks::<4>();
        ssrcs.iter().map(|ssrc| u32::from_be_bytes(*ssrc))
    }
}

fn split_extension(bytes: &[u8]) -> Result<(Option<Extension<'_>>, &[u8]), NotRtp> {
    let (&[p0, p1, l0, l1], rest) = bytes.split_first_chunk::<4>().ok_or(NotRtp::Extension)?;
    let octets = usize::from(u16::from_be_bytes([l0, l1])) * 4;
    let (data, rest) = rest.split_at_checked(octets).ok_or(NotRtp::Extension)?;
    Ok((Some(Extension { profile: u16::from_be_bytes([p0, p1]), data }), rest))
}

fn without_padding(bytes: &[u8]) -> Result<&[u8], NotRtp> {
    let padding = usize::from(*bytes.last().ok_or(NotRtp::Padding)?);
    let octets = bytes.len().checked_sub(padding).ok_or(NotRtp::Padding)?;
    if padding == 0 {
        return Err(NotRtp::Padding);
    }
    bytes.get(..octets).ok_or(NotRtp::Padding)
}

impl Header {
    #[inline]
    fn read(fixed: &[u8; FIXED_OCTETS]) -> Result<Self, NotRtp> {
        let [first, second, s0, s1, t0, t1, t2, t3, i0, i1, i2, i3] = *fixed;
        if first >> 6 != VERSION {
            return Err(NotRtp::Version(first >> 6));
        }
        if is_rtcp_type(second) {
            return Err(NotRtp::Rtcp);
        }
        Ok(Self {
            payload_type: second & !MARKER,
            marker: second & MARKER != 0,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([i0, i1, i2, i3]),
        })
    }

    /// The fixed header of a packet without padding, extension or contributing sources.
    #[inline]
    pub fn to_bytes(self) -> [u8; FIXED_OCTETS] {
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [i0, i1, i2, i3] = self.ssrc.to_be_bytes();
        [VERSION << 6, self.second_octet(), s0, s1, t0, t1, t2, t3, i0, i1, i2, i3]
    }

    /// Writes header and payload one after the other; the octets written, or `None` if they do not fit.
    pub fn write(self, payload: &[u8], packet: &mut [u8]) -> Option<usize> {
        let octets = FIXED_OCTETS + payload.len();
        let (header, body) = packet.get_mut(..octets)?.split_at_mut(FIXED_OCTETS);
        header.copy_from_slice(&self.to_bytes());
        body.copy_from_slice(payload);
        Some(octets)
    }

    /// Puts these fields into a packet that [`Packet::parse`] has accepted; all else in it stays.
    #[inline]
    pub fn rewrite(self, packet: &mut [u8]) {
        if let Some(fixed) = packet.first_chunk_mut::<FIXED_OCTETS>() {
            let first = fixed[0];
            *fixed = self.to_bytes();
            fixed[0] = first;
        }
    }

    const fn second_octet(self) -> u8 {
        (self.payload_type & !MARKER) | if self.marker { MARKER } else { 0 }
    }
}

/// Whether a datagram on a port shared with RTP is RTCP (RFC 5761 §4).
#[inline]
pub fn is_rtcp(bytes: &[u8]) -> bool {
    matches!(bytes, [first, second, ..] if first >> 6 == VERSION && is_rtcp_type(*second))
}

/// RTCP packet types 192–223 show as payload types 64–95 with the marker set.
const fn is_rtcp_type(second: u8) -> bool {
    matches!(second, 192..=223)
}
