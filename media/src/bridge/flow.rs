//! A relayed stream: how the packets of one RTP endpoint become packets of another, by their headers alone.

use core::ops::Range;
use std::time::Instant;

use crate::codec::Law;
use crate::endpoint::Outgoing;
use crate::rtp::Header;
use crate::rtp::header::FIXED_OCTETS;
use crate::rtp::sequence::MISORDER_MAX;
use crate::sdp::{Negotiated, PayloadTypes};

/// All there is to know for forwarding a stream; with the addresses of its two endpoints a kernel fast path
/// could do it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    /// The place it goes to.
    pub(crate) to: u16,
    /// Payload types of the voice, in and out.
    voice: PayloadTypes,
    /// Payload types of telephone-event, in and out, where both sides have it.
    event: Option<PayloadTypes>,
    /// The laws to turn octets from and into.
    transcode: Option<(Law, Law)>,
    /// RTP timestamp units of a second and of a frame.
    clock_rate: u32,
    frame: u32,
    /// How the numbers of the source become ours; `None` until its first packet.
    offsets: Option<Offsets>,
}

/// The difference between the numbers of what comes and of what goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offsets {
    /// The source they are valid for.
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// The first sequence number forwarded, while stragglers from before it may come.
    first: Option<u16>,
}

impl Flow {
    /// How packets of the stream `from` become packets of the stream `to`, in place `place`; `None` where
    /// headers and octets alone do not do it.
    pub(crate) fn between(from: &Negotiated, to: &Negotiated, place: u16) -> Option<Self> {
        if from.packet_milliseconds != to.packet_milliseconds {
            return None;
        }
        let pair =
            |from: PayloadTypes, to: PayloadTypes| PayloadTypes { send: to.send, receive: from.receive };
        let (laws, clock_rate) = ((from.codec.law(), to.codec.law()), to.codec.clock_rate());
        Some(Self {
            to: place,
            voice: pair(from.payload_type, to.payload_type),
            event: from.telephone_event.zip(to.telephone_event).map(|(from, to)| pair(from, to)),
            transcode: (laws.0 != laws.1).then_some(laws),
            clock_rate,
            frame: clock_rate / 1000 * u32::from(to.packet_milliseconds),
            offsets: None,
        })
    }

    /// Whether this does what the other does, whatever the numbers.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let settings = |flow: &Self| (flow.to, flow.voice, flow.event, flow.transcode, flow.frame);
        settings(self) == settings(other)
    }

    /// Whether digits go along.
    pub(crate) const fn carries_events(&self) -> bool {
        self.event.is_some()
    }

    /// The source began anew: its numbers have no relation to those before.
    pub(crate) const fn restart(&mut self) {
        self.offsets = None;
    }

    /// Turns a packet, whose payload lies at `payload`, into one of `out`; where in the datagram it then lies.
    ///
    /// The header is written anew right before the payload: contributing sources, extensions and padding are
    /// of the leg they came on.
    #[inline]
    pub(crate) fn forward(
        &mut self,
        header: Header,
        datagram: &mut [u8],
        payload: Range<usize>,
        out: &mut Outgoing,
        now: Instant,
    ) -> Option<Range<usize>> {
        let is_voice = header.payload_type == self.voice.receive;
        let payload_type = match self.event {
            _ if is_voice => self.voice.send,
            Some(event) if event.receive == header.payload_type => event.send,
            Some(_) | None => return None,
        };
        let (offsets, begins) = match &mut self.offsets {
            Some(offsets) if offsets.ssrc == header.ssrc => (offsets, false),
            other => {
                (other.insert(Offsets::begin(header, out.resume(self.clock_rate, self.frame, now))), true)
            }
        };
        if offsets.is_straggler(header.sequence) {
            return None;
        }
        let sequence = header.sequence.wrapping_add(offsets.sequence);
        let timestamp = header.timestamp.wrapping_add(offsets.timestamp);
        out.note(sequence, timestamp, now);
        let start = payload.start.checked_sub(FIXED_OCTETS)?;
        let packet = datagram.get_mut(start..payload.end)?;
        if let (Some((from, to)), true) = (self.transcode, is_voice) {
            from.transcode(to, packet.get_mut(FIXED_OCTETS..)?);
        }
        let marker = header.marker || begins;
        let bytes = Header { payload_type, marker, sequence, timestamp, ssrc: out.ssrc }.to_bytes();
        *packet.first_chunk_mut()? = bytes;
        Some(start..payload.end)
    }
}

impl Offsets {
    /// Those that make the source's packet the one with these numbers.
    const fn begin(header: Header, (sequence, timestamp): (u16, u32)) -> Self {
        Self {
            ssrc: header.ssrc,
            sequence: sequence.wrapping_sub(header.sequence),
            timestamp: timestamp.wrapping_sub(header.timestamp),
            first: Some(header.sequence),
        }
    }

    /// Whether a packet is from before the first one forwarded: our numbers before that are taken.
    #[inline]
    fn is_straggler(&mut self, sequence: u16) -> bool {
        let Some(first) = self.first else { return false };
        if sequence.wrapping_sub(first) > MISORDER_MAX && first.wrapping_sub(sequence) > MISORDER_MAX {
            self.first = None;
        }
        first.wrapping_sub(sequence).wrapping_sub(1) < MISORDER_MAX
    }
}
