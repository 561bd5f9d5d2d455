//! The backend that works everywhere: `epoll`, one receive and one send a packet.
//!
//! Each leg has its own socket with a packet every 20 ms, so that `recvmmsg` and `sendmmsg`, which take many
//! packets of one socket, would take one; level-triggered readiness spares the receive that finds nothing.

use core::time::Duration;
use std::io;
use std::net::UdpSocket;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};

use super::backend::{Onward, Poll, Receiver, Token, send_now};
use crate::endpoint::DATAGRAM_OCTETS_MAX;

/// Sockets looked at in one turn.
const BATCH: usize = 256;

/// Sockets by readiness.
pub(super) struct Readiness {
    epoll: Epoll,
    ready: Vec<EpollEvent>,
    datagram: Box<[u8; DATAGRAM_OCTETS_MAX + 1]>,
}

impl Poll for Readiness {
    fn new(wakes: [BorrowedFd<'_>; 2]) -> io::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        for (wake, word) in wakes.into_iter().zip(Token::WAKES) {
            epoll.add(wake, EpollEvent::new(EpollFlags::EPOLLIN, word))?;
        }
        let datagram = Box::new([0; DATAGRAM_OCTETS_MAX + 1]);
        Ok(Self { epoll, ready: vec![EpollEvent::empty(); BATCH], datagram })
    }

    fn add(&mut self, token: Token, socket: &UdpSocket) -> io::Result<()> {
        Ok(self.epoll.add(socket, EpollEvent::new(EpollFlags::EPOLLIN, token.to_bits()))?)
    }

    fn remove(&mut self, _token: Token, _socket: &UdpSocket) {
        // Closing the only descriptor of a socket takes it out of the set.
    }

    fn turn(&mut self, wait: Option<Duration>, receiver: &mut impl Receiver) -> io::Result<()> {
        let ready = pause(&self.epoll, &mut self.ready, wait)?;
        receiver.begin();
        for event in self.ready.iter().take(ready).filter(|event| !Token::WAKES.contains(&event.data())) {
            let token = Token::from_bits(event.data());
            receive_one(token, &mut self.datagram[..], receiver);
        }
        Ok(())
    }
}

/// Receives the one datagram that is known to be there, and sends it on.
fn receive_one(token: Token, room: &mut [u8], receiver: &mut impl Receiver) {
    let Some(socket) = receiver.socket(token) else { return };
    // A pending error counts as nothing received; reading it has cleared it.
    let Ok((octets, from)) = socket.recv_from(room) else { return };
    let Some(datagram) = room.get_mut(..octets) else { return };
    let Some(Onward { socket, place, to, packet }) = receiver.receive(token, from, datagram) else { return };
    if !send_now(socket, to, datagram.get(packet).unwrap_or_default()) {
        receiver.refused(place);
    }
}

/// Waits with the precision of the clock; the milliseconds of `epoll_wait` would bend a 5 ms tick.
#[expect(unsafe_code, reason = "no safe call takes a wait in nanoseconds")]
fn pause(epoll: &Epoll, ready: &mut [EpollEvent], wait: Option<Duration>) -> io::Result<usize> {
    let wait = wait.map(|wait| libc::timespec {
        tv_sec: libc::time_t::try_from(wait.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: wait.subsec_nanos().into(),
    });
    let wait = wait.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
    let room = i32::try_from(ready.len()).unwrap_or(i32::MAX);
    let events = ready.as_mut_ptr().cast::<libc::epoll_event>();
    // SAFETY: `EpollEvent` is a transparent `epoll_event`; `events` points to `room` of them, and `wait` is null
    // or points to a timespec that lives until the end of this function.
    let count = unsafe { libc::epoll_pwait2(epoll.0.as_raw_fd(), events, room, wait, core::ptr::null()) };
    match usize::try_from(count) {
        Ok(count) => Ok(count),
        Err(_) => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            error => Err(error),
        },
    }
}
