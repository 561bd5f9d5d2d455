//! The RTCP of one stream: what we report of it, and what its peer reports to us (RFC 3550 §6).

use core::time::Duration;
use std::net::SocketAddr;
use std::time::Instant;

use super::source::Source;
use crate::codec::Codec;
use crate::event::{Reported, Sent};
use crate::rtp::Reception;
use crate::rtp::rtcp::{self, NtpTime, Report, Schedule, SenderInfo};
use crate::sdp::Negotiated;

use super::Outgoing;

/// Octets of G.711 and its RTP headers in a second, of which RTCP may take a twentieth (RFC 3550 §6.2).
const SESSION_OCTETS_PER_SECOND: u32 = 10_000;
/// Characters of a canonical name: 64 random bits, as RFC 7022 §5 wants, in hexadecimal.
const CNAME_CHARACTERS: usize = 16;

/// The state of a stream's RTCP.
#[derive(Debug)]
pub(crate) struct Control {
    schedule: Schedule,
    cname: [u8; CNAME_CHARACTERS],
    /// Whether the world has been asked for its socket.
    pub(crate) is_open: bool,
    /// What had been sent at the last report.
    packets_before: u64,
    pub(crate) round_trip: Option<Duration>,
    pub(crate) reported: Option<Reported>,
}

/// The chance a report needs, from the core's random numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Instant,
    pub(crate) ntp: NtpTime,
    pub(crate) chance: f64,
}

impl Control {
    pub(crate) fn new(name: u64, now: Instant, chance: f64) -> Self {
        let mut cname = [b'0'; CNAME_CHARACTERS];
        for (at, character) in cname.iter_mut().enumerate() {
            let nibble = (name >> (at * 4)) & 0xf;
            *character =
                b"0123456789abcdef".get(usize::try_from(nibble).unwrap_or(0)).copied().unwrap_or(b'0');
        }
        Self {
            schedule: Schedule::new(SESSION_OCTETS_PER_SECOND, now, chance),
            cname,
            is_open: false,
            packets_before: 0,
            round_trip: None,
            reported: None,
        }
    }

    pub(crate) const fn poll_timeout(&self) -> Instant {
        self.schedule.poll_timeout()
    }

    /// Whether a report is to go out now.
    pub(crate) fn is_due(&mut self, senders: u8, moment: Moment) -> bool {
        self.schedule.handle_timeout(senders, moment.now, moment.chance)
    }

    /// Writes a report; how many octets it has.
    pub(crate) fn write(
        &mut self,
        (out, codec): (&Outgoing, Codec),
        sent: &Sent,
        reception: Option<&mut Reception>,
        bye: bool,
        moment: Moment,
        packet: &mut [u8; rtcp::PACKET_OCTETS_MAX],
    ) -> Option<usize> {
        let is_sender = sent.packets != self.packets_before;
        self.packets_before = sent.packets;
        let report = Report {
            ssrc: out.ssrc,
            sender: is_sender.then(|| SenderInfo {
                time: moment.ntp,
                rtp_timestamp: out.timestamp_at(codec.clock_rate(), moment.now),
                packets: wrapped(sent.packets),
                octets: wrapped(sent.octets),
            }),
            reception: reception.and_then(|reception| reception.report(moment.now)),
            cname: core::str::from_utf8(&self.cname).unwrap_or_default(),
            bye,
        };
        let octets = report.write(packet)?;
        self.schedule.count(octets);
        Some(octets)
    }

    /// Reads a peer's report.
    pub(crate) fn read(
        &mut self,
        bytes: &[u8],
        (ours, codec): (u32, Codec),
        reception: Option<&mut Reception>,
        moment: Moment,
    ) -> bool {
        let Ok(received) = rtcp::parse(bytes, ours) else { return false };
        self.schedule.count(bytes.len());
        if let (Some(sender), Some(reception)) = (received.sender, reception)
            && reception.ssrc() == received.ssrc
        {
            reception.sender_report(sender.time, moment.now);
        }
        if let Some(block) = received.about_us {
            self.round_trip = block.round_trip(moment.ntp).or(self.round_trip);
            let jitter = Duration::from_secs(block.jitter.into()) / codec.clock_rate();
            self.reported = Some(Reported { lost: block.cumulative_lost.max(0).unsigned_abs(), jitter });
        }
        true
    }
}

/// Where a stream's reports go: where signalling said, unless its voice was learnt to come from elsewhere.
pub(crate) fn destination(source: &Source, negotiated: &Negotiated) -> Option<SocketAddr> {
    let voice = source.destination()?;
    if voice.ip() == negotiated.remote.ip() && voice.port() == negotiated.remote.port() {
        return Some(negotiated.remote_rtcp);
    }
    Some(SocketAddr::new(voice.ip(), voice.port().checked_add(1)?))
}

/// Whether a report may come from there: the host that sends the voice, or the one signalled for reports.
pub(crate) fn is_expected(source: &Source, negotiated: &Negotiated, from: SocketAddr) -> bool {
    let host = from.ip();
    source.confirmed().is_some_and(|voice| voice.ip() == host) || negotiated.remote_rtcp.ip() == host
}

/// As the 32-bit counters of RTCP wrap.
#[expect(clippy::cast_possible_truncation, reason = "the counters of RFC 3550 §6.4.1 wrap")]
const fn wrapped(count: u64) -> u32 {
    count as u32
}
