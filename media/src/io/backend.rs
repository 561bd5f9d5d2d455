//! What a worker asks of the kernel, whichever way it is asked.

use core::ops::Range;
use core::time::Duration;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::BorrowedFd;

/// How sockets are waited for and read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// `io_uring` where the kernel permits it, else `epoll`.
    #[default]
    Auto,
    /// `epoll`, one call a packet each way: works everywhere.
    Epoll,
    /// `io_uring`: packets received without being asked for and sent in batches.
    Uring,
}

/// What a thread uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Never [`Backend::Auto`].
    pub backend: Backend,
    /// Why it is not `io_uring`, when that was wanted.
    pub fallback: Option<String>,
}

/// A watched socket: the place of its endpoint, which of its ports, and the how-manieth socket there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) place: u16,
    pub(super) is_control: bool,
    pub(super) generation: u32,
}

impl Token {
    /// What wakes a thread for its commands and for what is due; no socket has these.
    pub(super) const WAKES: [u64; 2] = [u64::MAX, u64::MAX - 1];

    pub(super) const fn to_bits(self) -> u64 {
        (self.generation as u64) << 32 | (self.place as u64) << 1 | self.is_control as u64
    }

    #[expect(clippy::cast_possible_truncation, reason = "the parts put together above")]
    pub(super) const fn from_bits(bits: u64) -> Self {
        Self { place: (bits >> 1) as u16, is_control: bits & 1 == 1, generation: (bits >> 32) as u32 }
    }
}

/// Who gets the datagrams.
pub(super) trait Receiver {
    /// A batch begins; the clock is read once for all of it.
    fn begin(&mut self);

    /// The socket with this token, if it is still there.
    fn socket(&self, token: Token) -> Option<&UdpSocket>;

    /// A datagram came. What it says is to be sent on at once, out of the datagram itself.
    fn receive(&mut self, token: Token, from: SocketAddr, datagram: &mut [u8]) -> Option<Onward<'_>>;

    /// A datagram could not be sent.
    fn refused(&mut self, place: u16);
}

/// Where to send on what has come.
pub(super) struct Onward<'a> {
    pub(super) socket: &'a UdpSocket,
    pub(super) place: u16,
    /// `None` where the socket is connected.
    pub(super) to: Option<SocketAddr>,
    pub(super) packet: Range<usize>,
}

/// A way of waiting for, reading from and writing to many sockets.
///
/// One conformance suite holds for every implementation (`io/conformance.rs`).
pub(super) trait Poll: Sized {
    /// Watches the descriptors that wake the thread: for its commands, and for what is due.
    fn new(wakes: [BorrowedFd<'_>; 2]) -> io::Result<Self>;

    /// Receives from this socket from now on.
    fn add(&mut self, token: Token, socket: &UdpSocket) -> io::Result<()>;

    /// Receives from it no more. Datagrams of it may still be given out afterwards.
    fn remove(&mut self, token: Token, socket: &UdpSocket);

    /// Sends one packet at once; false when the kernel would not take it.
    fn send(&mut self, socket: &UdpSocket, to: Option<SocketAddr>, packet: &[u8]) -> bool {
        send_now(socket, to, packet)
    }

    /// Waits, at most so long, for datagrams or to be woken; gives all that are there to `receiver` and sends
    /// on what it says.
    fn turn(&mut self, wait: Option<Duration>, receiver: &mut impl Receiver) -> io::Result<()>;
}

/// Sends one packet by one call. A pending error of an earlier packet (an ICMP unreachable) is read away first.
#[inline]
pub(super) fn send_now(socket: &UdpSocket, to: Option<SocketAddr>, packet: &[u8]) -> bool {
    let attempt = || match to {
        None => socket.send(packet),
        Some(to) => socket.send_to(packet, to),
    };
    match attempt() {
        Ok(_) => true,
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => attempt().is_ok(),
        Err(_) => false,
    }
}
