//! RTCP: the compound packets we send, what we read of a peer's, and when to send (RFC 3550 §6).

mod interval;
#[cfg(test)]
mod tests;

use std::time::Duration;

use rtcp_types::{
    Bye, Compound, Packet, ReceiverReport, ReportBlock as Block, ReportBlockBuilder, RtcpPacketWriterExt,
    Sdes, SdesChunk, SdesItem, SenderReport,
};

pub use interval::Schedule;

/// Octets that hold every compound packet we build.
pub const PACKET_OCTETS_MAX: usize = 512;
/// SDES item type of the canonical name (§6.5.1).
const CNAME: u8 = 1;
/// Seconds between the epochs of NTP (1900) and Unix (1970), RFC 868.
const UNIX_EPOCH_IN_NTP: u64 = 2_208_988_800;

/// A wall-clock time as NTP writes it: 32 bits of seconds, 32 bits of fraction (§4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// From the time since 1970.
    pub const fn from_unix(since_1970: Duration) -> Self {
        let seconds = since_1970.as_secs().wrapping_add(UNIX_EPOCH_IN_NTP);
        let fraction = ((since_1970.subsec_nanos() as u64) << 32) / 1_000_000_000;
        Self(seconds << 32 | fraction)
    }

    /// The middle 32 bits, in 65536ths of a second: what LSR carries.
    #[expect(clippy::cast_possible_truncation, reason = "the middle is what is wanted")]
    pub const fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// What a sender report says of its sender (§6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderInfo {
    /// When it was sent.
    pub time: NtpTime,
    /// The same moment on the clock of the stream.
    pub rtp_timestamp: u32,
    /// Packets sent since the start.
    pub packets: u32,
    /// Octets of payload sent since the start.
    pub octets: u32,
}

/// What a receiver says of one source (§6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source.
    pub ssrc: u32,
    /// 256ths of the packets expected in the last interval that did not come.
    pub fraction_lost: u8,
    /// Packets lost since the start, 24 bits; below zero where there were doubles.
    pub cumulative_lost: i32,
    /// Highest sequence number with its cycles.
    pub highest_sequence: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    /// The middle of the time in the source's last sender report; 0 before the first.
    pub last_sender_report: u32,
    /// 65536ths of a second since that report came.
    pub delay_since_last_sender_report: u32,
}

impl ReportBlock {
    /// The round trip to the reporter (§6.4.1), from when its report came; `None` if it has had none of ours.
    ///
    /// A reporter whose clock runs ahead can make it negative: then it is zero.
    pub fn round_trip(&self, came: NtpTime) -> Option<Duration> {
        if self.last_sender_report == 0 {
            return None;
        }
        let units = came
            .middle()
            .wrapping_sub(self.last_sender_report)
            .wrapping_sub(self.delay_since_last_sender_report)
            .cast_signed();
        Some(Duration::from_secs(u64::from(units.max(0).unsigned_abs())) / (1 << 16))
    }

    fn read(block: &Block<'_>) -> Self {
        // 24 bits, signed, though the builder and reader know them as unsigned.
        let lost = block.cumulative_lost();
        Self {
            ssrc: block.ssrc(),
            fraction_lost: block.fraction_lost(),
            cumulative_lost: (lost << 8).cast_signed() >> 8,
            highest_sequence: block.extended_sequence_number(),
            jitter: block.interarrival_jitter(),
            last_sender_report: block.last_sender_report_timestamp(),
            delay_since_last_sender_report: block.delay_since_last_sender_report_timestamp(),
        }
    }

    fn builder(&self) -> ReportBlockBuilder {
        Block::builder(self.ssrc)
            .fraction_lost(self.fraction_lost)
            .cumulative_lost(self.cumulative_lost.cast_unsigned() & 0xFF_FFFF)
            .extended_sequence_number(self.highest_sequence)
            .interarrival_jitter(self.jitter)
            .last_sender_report_timestamp(self.last_sender_report)
            .delay_since_last_sender_report_timestamp(self.delay_since_last_sender_report)
    }
}

/// One compound packet of ours: SR or RR, SDES with the canonical name, and BYE at the end (§6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report<'a> {
    /// Our source.
    pub ssrc: u32,
    /// Makes it a sender report: we have sent voice since the last but one.
    pub sender: Option<SenderInfo>,
    /// On the one source we receive, once it is valid.
    pub reception: Option<ReportBlock>,
    /// Our canonical name (§6.5.1; RFC 7022 says how to make one), at most 255 octets.
    pub cname: &'a str,
    /// We leave.
    pub bye: bool,
}

impl Report<'_> {
    /// Writes the packet; its octets, or `None` if it does not fit.
    pub fn write(&self, packet: &mut [u8]) -> Option<usize> {
        let sdes = Sdes::builder()
            .add_chunk(SdesChunk::builder(self.ssrc).add_item(SdesItem::builder(CNAME, self.cname)));
        let mut compound = Compound::builder();
        compound = match self.sender {
            Some(sender) => {
                let mut report = SenderReport::builder(self.ssrc)
                    .ntp_timestamp(sender.time.0)
                    .rtp_timestamp(sender.rtp_timestamp)
                    .packet_count(sender.packets)
                    .octet_count(sender.octets);
                if let Some(block) = &self.reception {
                    report = report.add_report_block(block.builder());
                }
                compound.add_packet(report)
            }
            None => {
                let mut report = ReceiverReport::builder(self.ssrc);
                if let Some(block) = &self.reception {
                    report = report.add_report_block(block.builder());
                }
                compound.add_packet(report)
            }
        };
        compound = compound.add_packet(sdes);
        if self.bye {
            compound = compound.add_packet(Bye::builder().add_source(self.ssrc));
        }
        compound.write_into(packet).ok()
    }
}

/// What we want to know of a peer's compound packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Who sent it.
    pub ssrc: u32,
    /// What a sender report says.
    pub sender: Option<SenderInfo>,
    /// The block on our source.
    pub about_us: Option<ReportBlock>,
    /// The sender leaves.
    pub bye: bool,
}

/// The bytes are no compound packet that RFC 3550 appendix A.2 lets pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotRtcp;

/// Reads a peer's compound packet, with `ours` as the source its blocks may be about.
pub fn parse(bytes: &[u8], ours: u32) -> Result<Received, NotRtcp> {
    let mut packets = Compound::parse(bytes).map_err(|_| NotRtcp)?;
    let first = packets.next().ok_or(NotRtcp)?.map_err(|_| NotRtcp)?;
    let mut received = first_report(&first, ours)?;
    for packet in packets {
        match packet.map_err(|_| NotRtcp)? {
            Packet::Bye(bye) => received.bye |= bye.ssrcs().any(|ssrc| ssrc == received.ssrc),
            Packet::Rr(report) => keep_block(&mut received, report.report_blocks(), ours),
            Packet::Sr(report) => keep_block(&mut received, report.report_blocks(), ours),
            Packet::App(_)
            | Packet::Sdes(_)
            | Packet::TransportFeedback(_)
            | Packet::PayloadFeedback(_)
            | Packet::Xr(_)
            | Packet::Unknown(_) => {}
        }
    }
    Ok(received)
}

/// A compound packet starts with SR or RR (§6.1), and the first is never padded (appendix A.2).
fn first_report(packet: &Packet<'_>, ours: u32) -> Result<Received, NotRtcp> {
    if let Packet::Sr(report) = packet {
        let sender = SenderInfo {
            time: NtpTime(report.ntp_timestamp()),
            rtp_timestamp: report.rtp_timestamp(),
            packets: report.packet_count(),
            octets: report.octet_count(),
        };
        let mut received = Received { ssrc: report.ssrc(), sender: Some(sender), about_us: None, bye: false };
        keep_block(&mut received, report.report_blocks(), ours);
        return Ok(received);
    }
    let Packet::Rr(report) = packet else { return Err(NotRtcp) };
    let mut received = Received { ssrc: report.ssrc(), sender: None, about_us: None, bye: false };
    keep_block(&mut received, report.report_blocks(), ours);
    Ok(received)
}

fn keep_block<'a>(received: &mut Received, mut blocks: impl Iterator<Item = Block<'a>>, ours: u32) {
    if let Some(block) = blocks.find(|block| block.ssrc() == ours) {
        received.about_us = Some(ReportBlock::read(&block));
    }
}
