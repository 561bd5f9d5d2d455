//! The answering side: rings and answers every INVITE at once, repeats its 200 until the ACK comes.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write as _;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::text::{self, Payload};

/// RFC 3261 T1.
const T1: Duration = Duration::from_millis(500);
/// After this many repetitions an unacknowledged 200 is given up.
const REPEATS_MAX: u32 = 10;

/// A callee in its own thread.
#[derive(Debug)]
pub(crate) struct Callee {
    stop: Sender<()>,
    thread: JoinHandle<Seen>,
    offers: Receiver<u16>,
}

/// What a callee saw.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// INVITEs answered.
    pub(crate) answered: u64,
    /// BYEs answered.
    pub(crate) ended: u64,
    /// 200s repeated for want of an ACK.
    pub(crate) repeated: u64,
}

struct Unacknowledged {
    due: Instant,
    repeats: u32,
    to: SocketAddr,
    answer: Vec<u8>,
}

struct Line {
    socket: UdpSocket,
    local: SocketAddr,
    payload: Payload,
    first_port: u16,
    waiting: BTreeMap<u64, Unacknowledged>,
    seen: Seen,
    out: Vec<u8>,
    offers: Sender<u16>,
}

impl Callee {
    /// Starts a callee on `local`; the n-th call it answers names the audio port `first_port + 2n`.
    pub(crate) fn start(local: SocketAddr, payload: Payload, first_port: u16) -> std::io::Result<Self> {
        let socket = crate::socket(local)?;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        let (stop, stopped) = channel();
        let (offer, offers) = channel();
        let mut line = Line {
            local: socket.local_addr()?,
            socket,
            payload,
            first_port,
            waiting: BTreeMap::new(),
            seen: Seen::default(),
            out: Vec::with_capacity(2048),
            offers: offer,
        };
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            let mut looked = Instant::now();
            while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                if let Ok((length, from)) = line.socket.recv_from(&mut buffer) {
                    line.take(&buffer[..length], from);
                }
                if looked.elapsed() > Duration::from_millis(50) {
                    looked = Instant::now();
                    line.repeat(looked);
                }
            }
            line.seen
        });
        Ok(Self { stop, thread, offers })
    }

    /// The audio ports of the offers that came, in their order.
    pub(crate) fn offers(&self) -> Vec<u16> {
        self.offers.try_iter().collect()
    }

    /// Stops it and says what it saw.
    pub(crate) fn stop(self) -> Seen {
        drop(self.stop);
        self.thread.join().unwrap_or_default()
    }
}

impl Line {
    fn take(&mut self, message: &[u8], from: SocketAddr) {
        let Some(call) = text::find(message, "Call-ID", b'i') else { return };
        let mut hasher = DefaultHasher::new();
        call.hash(&mut hasher);
        let call = hasher.finish();
        match message.split(|&byte| byte == b' ').next() {
            Some(b"INVITE") => self.invited(message, from, call),
            Some(b"ACK") => drop(self.waiting.remove(&call)),
            Some(b"BYE") => {
                self.seen.ended += 1;
                self.respond(message, "200 OK", call, "");
                self.send(from);
            }
            Some(b"SIP/2.0") | None => {}
            Some(_) => {
                self.respond(message, "200 OK", call, "");
                self.send(from);
            }
        }
    }

    fn invited(&mut self, message: &[u8], from: SocketAddr, call: u64) {
        if let Some(pending) = self.waiting.get(&call) {
            // The INVITE came again: so does what was said to it.
            drop(self.socket.send_to(&pending.answer, pending.to));
            return;
        }
        self.respond(message, "180 Ringing", call, "");
        self.send(from);
        let shift = u16::try_from(self.seen.answered % 5000 * 2).unwrap_or_default();
        let body = text::description(self.local.ip(), self.first_port.wrapping_add(shift), self.payload);
        self.respond(message, "200 OK", call, &body);
        self.send(from);
        let pending =
            Unacknowledged { due: Instant::now() + T1, repeats: 0, to: from, answer: self.out.clone() };
        self.waiting.insert(call, pending);
        self.seen.answered += 1;
        if let Some(port) = text::audio_port(message) {
            // Whoever wants no ports has stopped listening.
            self.offers.send(port).ok();
        }
    }

    fn send(&self, to: SocketAddr) {
        drop(self.socket.send_to(&self.out, to));
    }

    fn respond(&mut self, request: &[u8], status: &str, call: u64, body: &str) {
        let out = &mut self.out;
        out.clear();
        drop(write!(out, "SIP/2.0 {status}\r\n"));
        for line in text::head(request).skip(1) {
            let copied =
                [("Via", b'v'), ("From", b'f'), ("Call-ID", b'i'), ("CSeq", b' '), ("Record-Route", b' ')];
            if copied.iter().any(|&(name, short)| text::value(line, name, short).is_some()) {
                out.extend_from_slice(line);
                out.extend_from_slice(b"\r\n");
            } else if let Some(to) = text::value(line, "To", b't') {
                out.extend_from_slice(b"To: ");
                out.extend_from_slice(to);
                if !to.windows(5).any(|window| window == b";tag=") {
                    drop(write!(out, ";tag={call:x}"));
                }
                out.extend_from_slice(b"\r\n");
            }
        }
        drop(write!(out, "Contact: <sip:callee@{}>\r\n", self.local));
        if !body.is_empty() {
            out.extend_from_slice(b"Content-Type: application/sdp\r\n");
        }
        drop(write!(out, "Content-Length: {}\r\n\r\n{body}", body.len()));
    }

    fn repeat(&mut self, now: Instant) {
        for pending in self.waiting.values_mut().filter(|pending| pending.due <= now) {
            pending.repeats += 1;
            pending.due = now + T1 * 2u32.pow(pending.repeats.min(3));
            self.seen.repeated += 1;
            drop(self.socket.send_to(&pending.answer, pending.to));
        }
        self.waiting.retain(|_, pending| pending.repeats < REPEATS_MAX);
    }
}
