//! The floor: one receive and one send a datagram, no thought. It runs as a process of its own, as the product does.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd as _, RawFd};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::ring;

/// Which way a voice forwarder waits and moves its packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// epoll, connected sockets, a receive and a send each.
    Epoll,
    /// io_uring, multishot receive into provided buffers, sends batched with the next wait.
    Uring,
}

impl Backend {
    /// Its name in a configuration and on a command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Epoll => "epoll",
            Self::Uring => "io_uring",
        }
    }
}

/// A pair of sockets of a voice forwarder: what comes to one leaves by the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    /// Where the first listens, and whom it hears and speaks to.
    pub(crate) first: (SocketAddr, SocketAddr),
    /// The same of the second.
    pub(crate) second: (SocketAddr, SocketAddr),
}

/// The pairs of a forwarder of `calls` calls: on `here` from `port`; a caller's n-th stream is
/// at `caller` + 2n, a callee's at `callee` + 2n.
pub(crate) fn pairs(here: SocketAddr, caller: SocketAddr, callee: SocketAddr, calls: u16) -> Vec<Pair> {
    let at = |base: SocketAddr, shift: u16| SocketAddr::new(base.ip(), base.port() + shift);
    (0..calls)
        .map(|call| Pair {
            first: (at(here, call * 4), at(caller, call * 2)),
            second: (at(here, call * 4 + 2), at(callee, call * 2)),
        })
        .collect()
}

/// Forwards datagrams between `caller` and `callee` for ever.
pub(crate) fn signalling(here: SocketAddr, caller: SocketAddr, callee: SocketAddr) -> io::Result<()> {
    let socket = crate::socket(here)?;
    let mut buffer = [0; 65_536];
    loop {
        let (length, from) = socket.recv_from(&mut buffer)?;
        socket.send_to(&buffer[..length], if from == callee { caller } else { callee })?;
    }
}

/// Forwards voice between the sockets of `pairs` for ever.
pub(crate) fn voice(backend: Backend, pairs: &[Pair]) -> io::Result<()> {
    let mut sockets = Vec::with_capacity(pairs.len() * 2);
    for pair in pairs {
        for (local, remote) in [pair.first, pair.second] {
            let socket = UdpSocket::bind(local)?;
            socket.connect(remote)?;
            socket.set_nonblocking(backend == Backend::Epoll)?;
            sockets.push(socket);
        }
    }
    match backend {
        Backend::Epoll => by_epoll(&sockets),
        Backend::Uring => {
            let descriptors: Vec<RawFd> = sockets.iter().map(|socket| socket.as_raw_fd()).collect();
            ring::forward(&descriptors)
        }
    }
}

fn by_epoll(sockets: &[UdpSocket]) -> io::Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::empty())?;
    for (index, socket) in (0_u64..).zip(sockets) {
        epoll.add(socket, EpollEvent::new(EpollFlags::EPOLLIN, index))?;
    }
    let mut events = [EpollEvent::empty(); 64];
    let mut buffer = [0; 2048];
    loop {
        let count = epoll.wait(&mut events, EpollTimeout::NONE)?;
        for event in &events[..count] {
            let index = usize::try_from(event.data()).unwrap_or_default();
            // A peer that is gone answers with ICMP: that datagram is lost, the next is tried.
            if let Ok(length) = sockets[index].recv(&mut buffer) {
                drop(sockets[index ^ 1].send(&buffer[..length]));
            }
        }
    }
}

/// A socket address from a command line.
pub(crate) fn address(text: &str) -> io::Result<SocketAddr> {
    text.parse().map_err(|_| io::Error::other(format!("no address: {text}")))
}

/// `ip` with `port`.
pub(crate) fn at(ip: [u8; 4], port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::from(ip), port)
}
