//! Voice for many calls at once: paced senders, and receivers that count what arrives and how late.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use tests::io::wait;

use crate::text::Payload;

/// The length of a packet's voice.
const PTIME: Duration = Duration::from_millis(20);
/// Packets a stream sends in a second.
pub(crate) const PACKETS_PER_SECOND: u32 = 50;
const HEADER_BYTES: usize = 12;
const PACKET_BYTES: usize = HEADER_BYTES + 160;
/// How long after the last packet the receivers listen on.
const LINGER: Duration = Duration::from_millis(300);

/// One stream: our socket, and where its packets go.
#[derive(Debug)]
pub(crate) struct Stream {
    socket: UdpSocket,
    remote: SocketAddr,
    payload: Payload,
}

/// What was sent and what arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// Packets sent, by all streams.
    pub(crate) sent: u64,
    /// Packets that arrived.
    pub(crate) received: u64,
    /// Microseconds from send to arrival, where the voice came through unchanged.
    pub(crate) delay_us: Vec<f32>,
}

impl Stream {
    /// A stream from `local` to `remote`.
    pub(crate) fn new(local: SocketAddr, remote: SocketAddr, payload: Payload) -> io::Result<Self> {
        let socket = crate::socket(local)?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, remote, payload })
    }
}

/// Lets every stream speak for `seconds`, fifty packets a second, evenly staggered, `after` packets that it
/// has sent before.
pub(crate) fn speak(streams: &[Stream], after: u32, seconds: u32) -> io::Result<Heard> {
    let begin = Instant::now();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let listener = scope.spawn(|| listen(streams, begin, &over));
        let sent = send(streams, begin, after, seconds * PACKETS_PER_SECOND);
        wait::pass(LINGER);
        over.store(true, Ordering::Relaxed);
        let heard = listener.join().map_err(|_| io::Error::other("the listener stopped"))??;
        Ok(Heard { sent, ..heard })
    })
}

#[expect(clippy::cast_possible_truncation, reason = "RTP counters wrap by design")]
fn send(streams: &[Stream], begin: Instant, after: u32, packets: u32) -> u64 {
    let stagger = PTIME / u32::try_from(streams.len()).unwrap_or(1);
    let mut sent = 0;
    for packet in 0..packets {
        for (index, stream) in (0_u32..).zip(streams) {
            let due = begin + PTIME * packet + stagger * index;
            let ahead = due.saturating_duration_since(Instant::now());
            // Packets of the same millisecond go together: finer sleeping would only burn the generator's core.
            if ahead > Duration::from_millis(1) {
                wait::pass(ahead);
            }
            let bytes = packet_bytes(
                after + packet,
                index,
                stream.payload.number(),
                begin.elapsed().as_micros() as u64,
            );
            sent += u64::from(stream.socket.send_to(&bytes, stream.remote).is_ok());
        }
    }
    sent
}

#[expect(clippy::cast_possible_truncation, reason = "RTP counters wrap by design")]
fn packet_bytes(packet: u32, index: u32, payload: u8, micros: u64) -> [u8; PACKET_BYTES] {
    let mut bytes = [0; PACKET_BYTES];
    bytes[0] = 0x80;
    bytes[1] = payload | if packet == 0 { 0x80 } else { 0 };
    bytes[2..4].copy_from_slice(&(packet as u16).to_be_bytes());
    bytes[4..8].copy_from_slice(&packet.wrapping_mul(160).to_be_bytes());
    bytes[8..12].copy_from_slice(&(0x5eed_0000 + index).to_be_bytes());
    let mut noise = packet.wrapping_mul(2_654_435_761).wrapping_add(index);
    for byte in &mut bytes[HEADER_BYTES..] {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (noise >> 24) as u8;
    }
    bytes[HEADER_BYTES..HEADER_BYTES + 8].copy_from_slice(&micros.to_be_bytes());
    bytes
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a short run")]
fn listen(streams: &[Stream], begin: Instant, over: &AtomicBool) -> io::Result<Heard> {
    let epoll = Epoll::new(EpollCreateFlags::empty())?;
    for (index, stream) in (0_u64..).zip(streams) {
        epoll.add(&stream.socket, EpollEvent::new(EpollFlags::EPOLLIN, index))?;
    }
    let mut heard = Heard::default();
    let mut events = [EpollEvent::empty(); 128];
    let mut buffer = [0; 2048];
    while !over.load(Ordering::Relaxed) {
        let count = epoll.wait(&mut events, EpollTimeout::from(50_u8))?;
        for event in &events[..count] {
            let stream = &streams[usize::try_from(event.data()).unwrap_or_default()];
            while let Ok(length) = stream.socket.recv(&mut buffer) {
                heard.received += 1;
                let Some(stamp) = buffer[..length].get(HEADER_BYTES..HEADER_BYTES + 8) else { continue };
                let stamp = stamp.iter().fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
                let now = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
                if let Some(delay) = now.checked_sub(stamp).filter(|delay| *delay < 1_000_000) {
                    heard.delay_us.push(delay as f32);
                }
            }
        }
    }
    Ok(heard)
}
