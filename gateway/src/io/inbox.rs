//! Datagrams taken from a socket many at a time: one system call where there would be one for each, and one more
//! to learn that there are no others.

use std::array;
use std::io::IoSliceMut;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};

/// Datagrams taken from one socket before the others get their turn.
const DATAGRAMS: usize = 32;
/// Longest datagram: the most UDP can carry.
const DATAGRAM_MAX: usize = 65_536;

/// Room for what one system call takes; only what datagrams have filled is ever in memory.
pub(super) struct Inbox {
    bytes: Box<[u8]>,
    headers: MultiHeaders<SockaddrStorage>,
    taken: [Option<(usize, SocketAddr)>; DATAGRAMS],
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; DATAGRAMS * DATAGRAM_MAX].into_boxed_slice(),
            headers: MultiHeaders::preallocate(DATAGRAMS, None),
            taken: [None; DATAGRAMS],
        }
    }

    /// Room for as many octets of a stream.
    pub(super) fn room(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..DATAGRAM_MAX).unwrap_or_default()
    }

    /// Takes the datagrams there are, up to a limit; how many.
    pub(super) fn take(&mut self, socket: &UdpSocket) -> usize {
        loop {
            match self.try_take(socket) {
                Ok(count) => return count,
                // Errors here are of earlier sends (ICMP) or a signal: the next datagram is what we want.
                Err(Errno::EINTR | Errno::ECONNREFUSED) => {}
                Err(_) => return 0,
            }
        }
    }

    fn try_take(&mut self, socket: &UdpSocket) -> nix::Result<usize> {
        let mut rooms = self.bytes.chunks_exact_mut(DATAGRAM_MAX);
        let mut slices: [_; DATAGRAMS] =
            array::from_fn(|_| [IoSliceMut::new(rooms.next().unwrap_or_default())]);
        let flags = MsgFlags::MSG_DONTWAIT;
        let results = recvmmsg(socket.as_raw_fd(), &mut self.headers, slices.iter_mut(), flags, None)?;
        let mut count = 0;
        for (slot, result) in self.taken.iter_mut().zip(results) {
            *slot = result.address.and_then(address).map(|source| (result.bytes, source));
            count += 1;
        }
        Ok(count)
    }

    /// A datagram that was taken, and where it came from.
    pub(super) fn datagram(&self, number: usize) -> Option<(SocketAddr, &[u8])> {
        let (length, source) = (*self.taken.get(number)?)?;
        let start = number * DATAGRAM_MAX;
        Some((source, self.bytes.get(start..start + length)?))
    }
}

fn address(storage: SockaddrStorage) -> Option<SocketAddr> {
    let four = storage.as_sockaddr_in().map(|address| SocketAddr::V4((*address).into()));
    four.or_else(|| storage.as_sockaddr_in6().map(|address| SocketAddr::V6((*address).into())))
}
