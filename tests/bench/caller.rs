//! The calling side: places calls at a steady rate, acknowledges, holds, ends, and keeps count.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::{self, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::AsFd as _;

use crate::text::{self, Payload};

/// RFC 3261 T1.
const T1: Duration = Duration::from_millis(500);
/// RFC 3261 T2.
const T2: Duration = Duration::from_secs(4);
/// When a request without an answer is given up (Timer B, F).
const GIVE_UP: Duration = Duration::from_secs(32);

/// How calls are placed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Calls in all.
    pub(crate) calls: usize,
    /// Calls started a second.
    pub(crate) per_second: f64,
    /// How long an answered call lasts; `None`: until released.
    pub(crate) hold: Option<Duration>,
}

/// What came of the calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// Calls started.
    pub(crate) started: u64,
    /// Calls answered.
    pub(crate) answered: u64,
    /// Calls whose BYE was answered.
    pub(crate) completed: u64,
    /// Calls that failed, by what was said.
    pub(crate) failures: BTreeMap<String, u64>,
    /// Requests sent again.
    pub(crate) repeated: u64,
    /// Milliseconds from INVITE to 200.
    pub(crate) answer_ms: Vec<f32>,
    /// From the first INVITE to the last one.
    pub(crate) starting: Duration,
}

impl Outcome {
    /// Calls that failed.
    pub(crate) fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// The answer delay that `share` of the calls stayed under, in milliseconds.
    pub(crate) fn answer_ms_at(&self, share: f64) -> f64 {
        crate::figures::percentile(&self.answer_ms, share)
    }
}

#[derive(Debug)]
enum State {
    /// Sent at `first`; after a provisional it is not repeated (RFC 3261 §17.1.1.2).
    Inviting {
        first: Instant,
        repeat: Option<Duration>,
    },
    Held,
    Ending {
        first: Instant,
        repeat: Duration,
    },
    Over,
}

#[derive(Debug)]
struct Call {
    state: State,
    /// When something is due; older entries of the queue are void.
    due: Option<Instant>,
    /// The dialog once it is answered: To, Contact and the audio port of the answer.
    to: Vec<u8>,
    contact: Vec<u8>,
    audio: Option<u16>,
}

/// A caller with its socket and calls.
#[derive(Debug)]
pub(crate) struct Caller {
    socket: UdpSocket,
    local: SocketAddr,
    target: SocketAddr,
    payload: Payload,
    first_port: u16,
    run: u32,
    calls: Vec<Call>,
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
    live: usize,
    out: Vec<u8>,
    /// What came of the calls so far.
    pub(crate) outcome: Outcome,
}

impl Caller {
    /// A caller on `local` that sends everything to `target`; its n-th call names the audio port `first_port + 2n`.
    pub(crate) fn new(
        local: SocketAddr,
        target: SocketAddr,
        payload: Payload,
        first_port: u16,
    ) -> io::Result<Self> {
        let socket = crate::socket(local)?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            local: socket.local_addr()?,
            socket,
            target,
            payload,
            first_port,
            run: std::process::id(),
            calls: Vec::new(),
            timers: BinaryHeap::new(),
            live: 0,
            out: Vec::with_capacity(2048),
            outcome: Outcome::default(),
        })
    }

    /// Forgets what came of the calls before.
    pub(crate) fn fresh(&mut self) -> Outcome {
        std::mem::take(&mut self.outcome)
    }

    /// Places the calls of `load`; returns when each of them is over, or held.
    pub(crate) fn place(&mut self, load: Load) -> io::Result<()> {
        let begin = Instant::now();
        let mut started = 0_usize;
        let settled = self.outcome.answered + self.outcome.failed();
        loop {
            let now = Instant::now();
            #[expect(clippy::cast_precision_loss, reason = "a count of calls")]
            while started < load.calls
                && begin + Duration::from_secs_f64(started as f64 / load.per_second) <= now
            {
                self.invite(now);
                started += 1;
                self.outcome.starting = begin.elapsed();
            }
            self.fire(now);
            let all_answered = self.outcome.answered + self.outcome.failed() - settled
                >= u64::try_from(started).unwrap_or(u64::MAX);
            if started == load.calls && all_answered && (load.hold.is_none() || self.live == 0) {
                return Ok(());
            }
            #[expect(clippy::cast_precision_loss, reason = "a count of calls")]
            let next = (started < load.calls)
                .then(|| begin + Duration::from_secs_f64(started as f64 / load.per_second));
            self.turn(next, load.hold)?;
        }
    }

    /// Ends every held call, `per_second` of them a second, and waits until all are over.
    pub(crate) fn release(&mut self, per_second: f64) -> io::Result<()> {
        let begin = Instant::now();
        let mut count = 0_u32;
        for call in 0..self.calls.len() {
            if matches!(self.calls[call].state, State::Held) {
                let due = begin + Duration::from_secs_f64(f64::from(count) / per_second);
                self.set_timer(call, due);
                count += 1;
            }
        }
        while self.live > 0 {
            self.fire(Instant::now());
            self.turn(None, None)?;
        }
        self.calls.clear();
        self.timers.clear();
        self.run += 1;
        Ok(())
    }

    /// The audio port each call was answered with.
    pub(crate) fn audio(&self) -> Vec<Option<u16>> {
        self.calls.iter().map(|call| call.audio).collect()
    }

    /// Waits until something comes or is due, and takes what came.
    fn turn(&mut self, next: Option<Instant>, hold: Option<Duration>) -> io::Result<()> {
        let due = self.timers.peek().map(|Reverse((due, _))| *due);
        let wait = [next, due].into_iter().flatten().min().map_or(Duration::from_millis(50), |due| {
            due.saturating_duration_since(Instant::now()).min(Duration::from_millis(50))
        });
        let timeout =
            PollTimeout::try_from(wait.as_micros().div_ceil(1000).min(50)).unwrap_or(PollTimeout::ZERO);
        poll(&mut [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)], timeout)?;
        let mut buffer = [0; 4096];
        while let Ok((length, _)) = self.socket.recv_from(&mut buffer) {
            self.take(&buffer[..length], hold);
        }
        Ok(())
    }

    fn fire(&mut self, now: Instant) {
        while let Some(&Reverse((due, number))) = self.timers.peek()
            && due <= now
        {
            self.timers.pop();
            let call = &mut self.calls[number];
            if call.due != Some(due) {
                continue;
            }
            match call.state {
                State::Inviting { first, .. } | State::Ending { first, .. } if now - first >= GIVE_UP => {
                    self.fail(number, "no answer".into());
                }
                State::Inviting { first, repeat: None } => self.set_timer(number, first + GIVE_UP),
                State::Inviting { first, repeat: Some(wait) } => {
                    call.state = State::Inviting { first, repeat: Some(wait * 2) };
                    self.outcome.repeated += 1;
                    self.write_invite(number);
                    self.send();
                    self.set_timer(number, now + wait * 2);
                }
                State::Held => {
                    call.state = State::Ending { first: now, repeat: T1 };
                    self.request(number, "BYE", 2);
                    self.send();
                    self.set_timer(number, now + T1);
                }
                State::Ending { first, repeat } => {
                    let wait = (repeat * 2).min(T2);
                    call.state = State::Ending { first, repeat: wait };
                    self.outcome.repeated += 1;
                    self.request(number, "BYE", 2);
                    self.send();
                    self.set_timer(number, now + wait);
                }
                State::Over => {}
            }
        }
    }

    fn set_timer(&mut self, number: usize, at: Instant) {
        self.calls[number].due = Some(at);
        self.timers.push(Reverse((at, number)));
    }

    fn invite(&mut self, now: Instant) {
        let number = self.calls.len();
        let state = State::Inviting { first: now, repeat: Some(T1) };
        self.calls.push(Call { state, due: None, to: Vec::new(), contact: Vec::new(), audio: None });
        self.live += 1;
        self.outcome.started += 1;
        self.write_invite(number);
        self.send();
        self.set_timer(number, now + T1);
    }

    fn send(&self) {
        // A full socket buffer is a lost datagram, which is what repetition is for.
        drop(self.socket.send_to(&self.out, self.target));
    }

    fn fail(&mut self, number: usize, why: String) {
        *self.outcome.failures.entry(why).or_default() += 1;
        self.over(number);
    }

    fn over(&mut self, number: usize) {
        self.calls[number].state = State::Over;
        self.calls[number].due = None;
        self.live -= 1;
    }

    fn take(&mut self, message: &[u8], hold: Option<Duration>) {
        let Some(status) = text::status(message) else { return self.asked(message) };
        let Some(number) = self.number(message) else { return };
        let invite = text::method(message) == Some(b"INVITE");
        match (&self.calls[number].state, status) {
            (State::Inviting { first, .. }, 200..300) if invite => {
                let waited = first.elapsed();
                self.outcome.answer_ms.push(waited.as_secs_f32() * 1000.0);
                self.answered(number, message, hold);
            }
            (State::Held | State::Ending { .. } | State::Over, 200..300) if invite => {
                // Our ACK was lost: it is said again.
                self.request(number, "ACK", 1);
                self.send();
            }
            (State::Inviting { .. }, 300..) if invite => {
                self.calls[number].to = text::find(message, "To", b't').unwrap_or_default().to_vec();
                self.refuse(number);
                let said = message.split(|&byte| byte == b'\r').next().unwrap_or_default();
                self.fail(number, String::from_utf8_lossy(said).into_owned());
            }
            (State::Ending { .. }, 200..) if !invite => {
                if status < 300 {
                    self.outcome.completed += 1;
                    self.over(number);
                } else {
                    self.fail(number, format!("{status} to BYE"));
                }
            }
            (&State::Inviting { first, .. }, 100..200) => {
                self.calls[number].state = State::Inviting { first, repeat: None };
            }
            _ => {}
        }
    }

    fn answered(&mut self, number: usize, message: &[u8], hold: Option<Duration>) {
        let now = Instant::now();
        let call = &mut self.calls[number];
        call.to = text::find(message, "To", b't').unwrap_or_default().to_vec();
        let contact = text::find(message, "Contact", b'm').unwrap_or_default();
        let contact = contact.split(|&byte| byte == b'<').nth(1).unwrap_or(contact);
        call.contact = contact.split(|&byte| byte == b'>').next().unwrap_or_default().to_vec();
        call.audio = text::audio_port(message);
        call.state = State::Held;
        self.outcome.answered += 1;
        self.request(number, "ACK", 1);
        self.send();
        match hold {
            Some(hold) => self.set_timer(number, now + hold),
            None => self.calls[number].due = None,
        }
    }

    /// Answers a request in our direction: a BYE ends the call, anything else is agreed to.
    fn asked(&mut self, message: &[u8]) {
        let bye = message.starts_with(b"BYE ");
        if message.starts_with(b"ACK ") {
            return;
        }
        self.out.clear();
        self.out.extend_from_slice(b"SIP/2.0 200 OK\r\n");
        for line in text::head(message).skip(1) {
            let copied = [("Via", b'v'), ("From", b'f'), ("To", b't'), ("Call-ID", b'i'), ("CSeq", b' ')];
            if copied.iter().any(|&(name, short)| text::value(line, name, short).is_some()) {
                self.out.extend_from_slice(line);
                self.out.extend_from_slice(b"\r\n");
            }
        }
        self.out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
        self.send();
        if let Some(number) = self.number(message).filter(|_| bye)
            && !matches!(self.calls[number].state, State::Over)
        {
            self.fail(number, "the far side said BYE".into());
        }
    }

    fn number(&self, message: &[u8]) -> Option<usize> {
        let call = text::find(message, "Call-ID", b'i')?;
        let mut parts = call.split(|&byte| byte == b'-');
        let number = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
        let run: u32 =
            std::str::from_utf8(parts.next()?.split(|&byte| byte == b'@').next()?).ok()?.parse().ok()?;
        (run == self.run && number < self.calls.len()).then_some(number)
    }

    fn write_invite(&mut self, number: usize) {
        let shift = u16::try_from(number % 5000 * 2).unwrap_or_default();
        let body = text::description(self.local.ip(), self.first_port.wrapping_add(shift), self.payload);
        let (local, target, run) = (self.local, self.target, self.run);
        let ip = local.ip();
        self.out.clear();
        drop(write!(
            self.out,
            "INVITE sip:2000@{target} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {local};branch=z9hG4bK{run:x}.{number}.1;rport\r\n\
             Max-Forwards: 70\r\n\
             From: \"Bench\" <sip:5550100@{ip}>;tag=f{run:x}.{number}\r\n\
             To: <sip:2000@{target}>\r\n\
             Call-ID: {number}-{run}@{ip}\r\n\
             CSeq: 1 INVITE\r\n\
             Contact: <sip:5550100@{local}>\r\n\
             Allow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\n\
             User-Agent: bench\r\n\
             Content-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
    }

    /// The ACK of a refusal, which belongs to the INVITE's transaction.
    fn refuse(&mut self, number: usize) {
        let (local, target, run) = (self.local, self.target, self.run);
        let ip = local.ip();
        self.out.clear();
        drop(write!(
            self.out,
            "ACK sip:2000@{target} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{run:x}.{number}.1;rport\r\n\
             Max-Forwards: 70\r\nFrom: \"Bench\" <sip:5550100@{ip}>;tag=f{run:x}.{number}\r\nTo: "
        ));
        self.out.extend_from_slice(&self.calls[number].to);
        drop(write!(
            self.out,
            "\r\nCall-ID: {number}-{run}@{ip}\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n"
        ));
        self.send();
    }

    /// A request within the answered dialog.
    fn request(&mut self, number: usize, method: &str, sequence: u32) {
        let (local, run) = (self.local, self.run);
        let ip = local.ip();
        let call = &self.calls[number];
        self.out.clear();
        drop(write!(self.out, "{method} "));
        self.out.extend_from_slice(&call.contact);
        drop(write!(
            self.out,
            " SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{run:x}.{number}.{method};rport\r\n\
             Max-Forwards: 70\r\nFrom: \"Bench\" <sip:5550100@{ip}>;tag=f{run:x}.{number}\r\nTo: "
        ));
        self.out.extend_from_slice(&call.to);
        drop(write!(
            self.out,
            "\r\nCall-ID: {number}-{run}@{ip}\r\nCSeq: {sequence} {method}\r\n\
             Contact: <sip:5550100@{local}>\r\nContent-Length: 0\r\n\r\n"
        ));
    }
}
