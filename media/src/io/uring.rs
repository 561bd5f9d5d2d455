//! The fast backend: `io_uring`. Packets come into provided buffers without being asked for (multishot receive),
//! and are sent on from there in batches: one system call a batch, no copy on our side.

use core::time::Duration;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

use io_uring::squeue::{self, Flags};
use io_uring::types::{CancelBuilder, Fd, SubmitArgs, Timespec};
use io_uring::{IoUring, cqueue, opcode};

use super::backend::{Onward, Poll, Receiver, Token, send_now};
use super::buffers::{Buffers, GROUP, OUTGOING_OCTETS, Outgoing};

/// Requests queued before they must be submitted.
const REQUESTS: u32 = 1024;
/// Completions that may wait; a burst of every buffer fits several times.
const COMPLETIONS: u32 = 4096;
/// A completion of a send that failed; those that succeed are not told.
const SEND: u64 = 1 << 24;
/// A completion of a cancellation.
const CANCEL: u64 = u64::MAX - 2;
/// How often a ring that ends cancels what is in flight.
const DROP_ROUNDS: usize = 16;
/// The `io_uring_recvmsg_out` before every datagram.
const HEADER_OCTETS: usize = 16;
/// The room for the address it came from: a `sockaddr_in6`.
const NAME_OCTETS: usize = 28;

/// Sockets by completion.
pub(super) struct Completion {
    /// Dropped first: what it has in flight writes to the buffers.
    ring: IoUring,
    buffers: Buffers,
    outgoing: Outgoing,
    /// What every receive is to tell: the address it came from.
    message: Box<libc::msghdr>,
    wakes: [RawFd; 2],
    /// Completions of the turn, and the buffers whose packets are being sent; kept for their memory.
    completed: Vec<(u64, i32, u32)>,
    in_use: Vec<u16>,
}

impl Poll for Completion {
    fn new(wakes: [BorrowedFd<'_>; 2]) -> io::Result<Self> {
        let ring = IoUring::builder()
            .setup_cqsize(COMPLETIONS)
            .setup_single_issuer()
            .setup_defer_taskrun()
            .build(REQUESTS)?;
        let buffers = Buffers::register(&ring)?;
        let mut poll = Self {
            ring,
            buffers,
            outgoing: Outgoing::default(),
            message: Box::new(message()),
            wakes: wakes.map(|wake| wake.as_raw_fd()),
            completed: Vec::new(),
            in_use: Vec::new(),
        };
        Token::WAKES.into_iter().for_each(|word| poll.watch(word));
        poll.submit()?;
        Ok(poll)
    }

    fn add(&mut self, token: Token, socket: &UdpSocket) -> io::Result<()> {
        self.receive_from(token, socket.as_raw_fd());
        Ok(())
    }

    fn remove(&mut self, token: Token, _socket: &UdpSocket) {
        let cancel = opcode::AsyncCancel2::new(CancelBuilder::user_data(token.to_bits())).build();
        self.push(&cancel.flags(Flags::SKIP_SUCCESS).user_data(CANCEL));
        // What is queued names the descriptor that is about to be closed.
        drop(self.submit());
    }

    fn send(&mut self, socket: &UdpSocket, to: Option<SocketAddr>, packet: &[u8]) -> bool {
        if to.is_some() || packet.len() > OUTGOING_OCTETS {
            return send_now(socket, to, packet);
        }
        if self.outgoing.is_full() {
            drop(self.submit());
        }
        let Some(kept) = self.outgoing.keep(packet) else { return false };
        let octets = u32::try_from(packet.len()).unwrap_or(0);
        self.push(&send(socket.as_raw_fd(), kept, octets, 0));
        true
    }

    fn turn(&mut self, wait: Option<Duration>, receiver: &mut impl Receiver) -> io::Result<()> {
        self.wait(wait)?;
        receiver.begin();
        let mut completed = core::mem::take(&mut self.completed);
        completed
            .extend(self.ring.completion().map(|entry| (entry.user_data(), entry.result(), entry.flags())));
        for (what, result, flags) in completed.drain(..) {
            self.complete(what, result, flags, receiver);
        }
        self.completed = completed;
        Ok(())
    }
}

impl Completion {
    /// Submits what is queued and waits for something to complete.
    fn wait(&mut self, wait: Option<Duration>) -> io::Result<()> {
        let result = match wait {
            None => self.ring.submit_and_wait(1),
            Some(wait) => {
                let timespec = Timespec::from(wait);
                self.ring.submitter().submit_with_args(1, &SubmitArgs::new().timespec(&timespec))
            }
        };
        self.release();
        match result {
            Err(error) if !is_passing(&error) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn submit(&mut self) -> io::Result<()> {
        let result = self.ring.submit();
        self.release();
        match result {
            Err(error) if !is_passing(&error) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// After a submission every packet in it has been copied by the kernel: sends never wait.
    fn release(&mut self) {
        if !self.ring.submission().is_empty() {
            return;
        }
        self.outgoing.clear();
        for buffer in self.in_use.drain(..) {
            self.buffers.give(buffer);
        }
        self.buffers.publish();
    }

    fn complete(&mut self, what: u64, result: i32, flags: u32, receiver: &mut impl Receiver) {
        match what {
            word if Token::WAKES.contains(&word) => {
                if !cqueue::more(flags) {
                    self.watch(word);
                }
            }
            CANCEL => {}
            failed if failed & SEND != 0 => receiver.refused(Token::from_bits(failed & !SEND).place),
            received => {
                let token = Token::from_bits(received);
                if let Some(buffer) = cqueue::buffer_select(flags) {
                    self.receive(token, buffer, result, receiver);
                }
                if !cqueue::more(flags)
                    && let Some(descriptor) = receiver.socket(token).map(AsRawFd::as_raw_fd)
                {
                    self.receive_from(token, descriptor);
                }
            }
        }
    }

    /// Gives a datagram to the receiver, and queues what it sends on from the same buffer.
    fn receive(&mut self, token: Token, buffer: u16, result: i32, receiver: &mut impl Receiver) {
        let octets = usize::try_from(result).unwrap_or(0);
        let onward = self.buffers.get(buffer, octets).and_then(split).and_then(|(from, datagram)| {
            let Onward { socket, place, to, packet } = receiver.receive(token, from, datagram)?;
            let packet = datagram.get(packet)?;
            if to.is_some() {
                return Some((place, send_now(socket, to, packet), None));
            }
            let octets = u32::try_from(packet.len()).ok()?;
            Some((place, true, Some(send(socket.as_raw_fd(), packet.as_ptr(), octets, place))))
        });
        self.in_use.push(buffer);
        match onward {
            Some((_, _, Some(request))) => self.push(&request),
            Some((place, false, None)) => receiver.refused(place),
            Some((_, true, None)) | None => {}
        }
    }

    fn receive_from(&mut self, token: Token, descriptor: RawFd) {
        let message = core::ptr::from_ref(&*self.message);
        let receive = opcode::RecvMsgMulti::new(Fd(descriptor), message, GROUP).build();
        self.push(&receive.user_data(token.to_bits()));
    }

    /// Watches the descriptor that has this word.
    fn watch(&mut self, word: u64) {
        let events = u32::try_from(libc::POLLIN).unwrap_or_default();
        let of_word = Token::WAKES.into_iter().zip(self.wakes).find(|(known, _)| *known == word);
        if let Some((_, descriptor)) = of_word {
            let watch = opcode::PollAdd::new(Fd(descriptor), events).multi(true).build();
            self.push(&watch.user_data(word));
        }
    }

    #[expect(unsafe_code, reason = "a request may name memory the kernel will read or write")]
    fn push(&mut self, request: &squeue::Entry) {
        // SAFETY: receives name `self.message` and the registered buffers, sends name a provided buffer that is
        // kept in `in_use` or a slot of `outgoing`, both until `release` sees the queue submitted. All of it
        // lives as long as `self`, of which `ring` is dropped first.
        while unsafe { self.ring.submission().push(request) }.is_err() {
            if self.ring.submit().is_err() {
                return;
            }
        }
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        // What is still in flight would write to the buffers and keep sockets open: cancel until nothing is
        // left, letting the kernel finish what it cancelled. Bounded, as there is nobody to tell of a failure.
        for _ in 0..DROP_ROUNDS {
            let cancelled = self.ring.submitter().register_sync_cancel(None, CancelBuilder::any().all());
            drop(self.wait(Some(Duration::from_millis(1))));
            self.ring.completion().for_each(drop);
            if cancelled.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
                return;
            }
        }
    }
}

/// A send that succeeds silently and never waits.
fn send(descriptor: RawFd, packet: *const u8, octets: u32, place: u16) -> squeue::Entry {
    let request = opcode::Send::new(Fd(descriptor), packet, octets).flags(libc::MSG_DONTWAIT).build();
    let token = Token { place, is_control: false, generation: 0 };
    request.flags(Flags::SKIP_SUCCESS).user_data(SEND | token.to_bits())
}

/// The outcomes of a wait that mean: look, and wait again.
fn is_passing(error: &io::Error) -> bool {
    let passing = [libc::ETIME, libc::EINTR, libc::EBUSY, libc::EAGAIN];
    error.raw_os_error().is_some_and(|number| passing.contains(&number))
}

/// A message header that asks for the sender's address.
#[expect(unsafe_code, reason = "msghdr has private padding on some targets and no constructor")]
fn message() -> libc::msghdr {
    // SAFETY: a zeroed msghdr is a valid one: null pointers and zero lengths.
    let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
    message.msg_namelen = libc::socklen_t::try_from(NAME_OCTETS).unwrap_or_default();
    message
}

/// The parts of a filled buffer: where the datagram came from, and the datagram.
fn split(buffer: &mut [u8]) -> Option<(SocketAddr, &mut [u8])> {
    let (header, rest) = buffer.split_first_chunk_mut::<HEADER_OCTETS>()?;
    let (name, datagram) = rest.split_at_mut_checked(NAME_OCTETS)?;
    let [_, _, _, _, _, _, _, _, l0, l1, l2, l3, ..] = *header;
    let octets = usize::try_from(u32::from_ne_bytes([l0, l1, l2, l3])).ok()?;
    let octets = octets.min(datagram.len());
    Some((address(name)?, datagram.get_mut(..octets)?))
}

/// Reads a `sockaddr_in` or a `sockaddr_in6`.
fn address(name: &[u8]) -> Option<SocketAddr> {
    let [f0, f1, p0, p1, rest @ ..] = name else { return None };
    let port = u16::from_be_bytes([*p0, *p1]);
    let ip = match libc::c_int::from(u16::from_ne_bytes([*f0, *f1])) {
        libc::AF_INET => IpAddr::V4(Ipv4Addr::from(*rest.first_chunk::<4>()?)),
        libc::AF_INET6 => IpAddr::V6(Ipv6Addr::from(*rest.get(4..)?.first_chunk::<16>()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}
