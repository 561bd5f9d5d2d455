//! The control thread: one loop that owns the gateway, its SIP sockets and its end of the media engine.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use call::Cause;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use sip::transport::Transport;

use super::ask::{Ask, Asked};
use super::clock::wall_clock;
use super::inbox::Inbox;
use super::sockets::{Heard, Sockets, Token};
use crate::b2bua::{Gateway, Input, Output};
use crate::control::Question;
use crate::records::{CallRecord, Why};

/// Events taken from the kernel at once.
const EVENTS: usize = 64;
/// Connections accepted from one listener before the others get their turn.
const CONNECTIONS: usize = 32;
/// How long a media thread may learn late that an endpoint is to be closed: it is woken for many at once.
const CLOSE_LATE: Duration = Duration::from_millis(20);
/// The loop turns at least this often, so that `/healthz` sees that it does.
const TURN: Duration = Duration::from_millis(500);

/// At the end, how long the last statistics may take to come.
const FAREWELL: Duration = Duration::from_secs(2);

/// How often records' wall clock is set anew, so that it follows a corrected one.
const WALL_CLOCK: Duration = Duration::from_secs(60);

const BELL: u64 = 0;
const MEDIA: u64 = 1;

/// Where call records go; must not block.
pub type RecordSink = Box<dyn FnMut(Arc<CallRecord>) + Send>;

/// What an outsider may see of a running control thread without asking it.
#[derive(Debug, Default)]
pub struct Pulse {
    turns: AtomicU64,
    stop: AtomicBool,
}

impl Pulse {
    /// How often the loop has turned: it grows while the loop lives.
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Asks the loop to end after its present turn.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The control thread's whole world.
pub struct Exchange {
    gateway: Gateway,
    engine: media::Engine,
    sockets: Sockets,
    epoll: Epoll,
    asked: Asked,
    records: RecordSink,
    answer_first: AnswerFirst,
    pulse: Arc<Pulse>,
    wall_clock_due: Instant,
    /// When the media threads are to be woken for what can wait.
    wake_media: Option<Instant>,
}

/// Sees to a question before the gateway does, when it needs the world (files); gives it back otherwise.
pub type AnswerFirst = Box<dyn FnMut(&mut Gateway, Ask, Instant) -> Option<Ask> + Send>;

/// The sockets of a gateway, open before it is put together so that real ports are known.
pub struct Listening {
    sockets: Sockets,
    epoll: Epoll,
    /// Each listener's transport and address, as bound.
    pub bound: Vec<(Transport, SocketAddr)>,
}

impl Listening {
    /// Opens every listener.
    ///
    /// # Errors
    /// The first address that cannot be had, by name.
    pub fn open(listeners: &[(Transport, SocketAddr)]) -> Result<Self, String> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).map_err(|why| format!("epoll: {why}"))?;
        let mut sockets = Sockets::default();
        let mut bound = Vec::new();
        for &(transport, address) in listeners {
            let local = sockets.listen(&epoll, transport, address).map_err(|why| {
                format!("cannot listen on {}:{address}: {why}", transport.via().to_ascii_lowercase())
            })?;
            bound.push((transport, local));
        }
        Ok(Self { sockets, epoll, bound })
    }
}

impl Exchange {
    /// Puts a gateway on its sockets and its media engine.
    ///
    /// # Errors
    /// When the kernel will not watch a descriptor.
    pub fn new(
        gateway: Gateway,
        listening: Listening,
        engine: media::Engine,
        asked: Asked,
        records: RecordSink,
        answer_first: AnswerFirst,
    ) -> io::Result<Self> {
        let Listening { sockets, epoll, bound: _ } = listening;
        epoll.add(asked.bell(), EpollEvent::new(EpollFlags::EPOLLIN, Token::Other(BELL).pack()))?;
        epoll.add(engine.event_fd(), EpollEvent::new(EpollFlags::EPOLLIN, Token::Other(MEDIA).pack()))?;
        Ok(Self {
            gateway,
            engine,
            sockets,
            epoll,
            asked,
            records,
            answer_first,
            pulse: Arc::default(),
            wall_clock_due: Instant::now() + WALL_CLOCK,
            wake_media: None,
        })
    }

    /// To watch it and to stop it.
    pub fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
    }

    /// Runs until stopped. What is still up then is dropped with it.
    pub fn run(mut self) {
        let mut inbox = Inbox::new();
        while !self.pulse.stop.load(Ordering::Relaxed) {
            self.turn(&mut inbox);
        }
        let until = Instant::now() + FAREWELL;
        self.gateway.drain();
        self.gateway.hang_up_all(Cause::NORMAL_CLEARING, Why::Shutdown, Instant::now());
        while self.gateway.live_calls() > 0 && Instant::now() < until {
            self.turn(&mut inbox);
        }
        self.flush();
    }

    /// Does what is wanted, waits, hears what has happened.
    fn turn(&mut self, inbox: &mut Inbox) {
        self.flush();
        let mut events = [EpollEvent::empty(); EVENTS];
        let ready = self.epoll.wait(&mut events, self.patience()).unwrap_or(0);
        let now = Instant::now();
        for event in events.iter().take(ready) {
            self.happened(Token::unpack(event.data()), event.events(), inbox, now);
        }
        if self.gateway.poll_timeout().is_some_and(|at| at <= now) {
            self.gateway.handle_input(Input::Timeout, now);
        }
        if now >= self.wall_clock_due {
            self.gateway.set_wall_clock(wall_clock());
            self.wall_clock_due = now + WALL_CLOCK;
        }
        if self.wake_media.is_some_and(|at| at <= now) {
            self.wake_media();
        }
        self.pulse.turns.fetch_add(1, Ordering::Relaxed);
    }

    fn patience(&self) -> EpollTimeout {
        let now = Instant::now();
        let due = self.gateway.poll_timeout().into_iter().chain(self.wake_media).min();
        let wait = due.map_or(TURN, |at| at.saturating_duration_since(now)).min(TURN);
        // Rounded up: waking a moment early would only turn the loop for nothing.
        let milliseconds = u16::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u16::MAX);
        EpollTimeout::from(milliseconds)
    }

    fn happened(&mut self, token: Token, flags: EpollFlags, inbox: &mut Inbox, now: Instant) {
        match token {
            Token::Udp(place) => self.datagrams(place, inbox, now),
            Token::Listener(place) => self.accept(place, now),
            Token::Connection(id) => self.connection(id, flags, inbox, now),
            Token::Other(BELL) => self.questions(now),
            Token::Other(_) => self.media_events(now),
        }
    }

    fn datagrams(&mut self, place: usize, inbox: &mut Inbox, now: Instant) {
        let Some((local, socket)) = self.sockets.udp(place) else { return };
        for number in 0..inbox.take(socket) {
            let Some((source, bytes)) = inbox.datagram(number) else { continue };
            self.gateway.handle_input(Input::Sip(sip::stack::Input::Datagram { local, source, bytes }), now);
            self.flush_sip();
        }
    }

    fn accept(&mut self, place: usize, now: Instant) {
        for _ in 0..CONNECTIONS {
            let Some((local, remote, stream)) = self.sockets.accept(place) else { return };
            if let Some(id) = self.gateway.connection_accepted(Transport::Tcp, local, remote, now)
                && !self.sockets.adopt(&self.epoll, id, stream)
            {
                self.gateway.handle_input(Input::Sip(sip::stack::Input::Closed { connection: id }), now);
            }
        }
    }

    fn connection(&mut self, number: u64, flags: EpollFlags, inbox: &mut Inbox, now: Instant) {
        let Some(connection) = self.sockets.name(number) else { return };
        if flags.contains(EpollFlags::EPOLLOUT) {
            match self.sockets.writable(&self.epoll, number) {
                Some(true) => {
                    let opened = sip::stack::Input::Connected { connection };
                    self.gateway.handle_input(Input::Sip(opened), now);
                }
                Some(false) => return self.lost(number, connection, now),
                None => {}
            }
        }
        if flags.intersects(EpollFlags::EPOLLIN | EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR) {
            match self.sockets.read(number, inbox.room()) {
                Heard::Bytes(length) => {
                    let bytes = inbox.room().get(..length).unwrap_or_default();
                    let input = sip::stack::Input::Stream { connection, bytes };
                    self.gateway.handle_input(Input::Sip(input), now);
                }
                Heard::Nothing => {}
                Heard::Closed => self.lost(number, connection, now),
            }
        }
        self.flush_sip();
    }

    fn lost(&mut self, number: u64, connection: sip::transport::ConnectionId, now: Instant) {
        self.sockets.close(number);
        self.gateway.handle_input(Input::Sip(sip::stack::Input::Closed { connection }), now);
    }

    fn questions(&mut self, now: Instant) {
        self.asked.hush();
        if let Some(plan) = self.asked.take_plan() {
            self.gateway.set_plan(*plan);
            tracing::info!("a new dial plan is in force");
        }
        while let Some(ask) = self.asked.take() {
            let Some(Ask { question, reply }) = (self.answer_first)(&mut self.gateway, ask, now) else {
                continue;
            };
            let stopping = question == Question::Drain;
            // Who asked may have gone; the question was dealt with all the same.
            let _heard = reply.send(self.gateway.answer(&question, now));
            if stopping {
                tracing::info!("draining");
            }
        }
    }

    fn media_events(&mut self, now: Instant) {
        while let Some(event) = self.engine.poll_event() {
            self.gateway.handle_input(Input::Media(event), now);
        }
    }

    /// Does everything the gateway wants done.
    fn flush(&mut self) {
        self.flush_sip();
        let (mut urgent, mut patient) = (false, false);
        for command in self.gateway.drain_media() {
            let endpoint = command.endpoint();
            let can_wait = matches!(command, media::Command::Close { .. });
            urgent |= !can_wait;
            patient |= can_wait;
            if self.engine.post(command).is_err() {
                tracing::error!(?endpoint, "the media thread takes no more commands");
            }
        }
        if urgent {
            self.wake_media();
        } else if patient && self.wake_media.is_none() {
            self.wake_media = Some(Instant::now() + CLOSE_LATE);
        }
    }

    fn wake_media(&mut self) {
        self.wake_media = None;
        self.engine.wake();
    }

    fn flush_sip(&mut self) {
        while let Some(output) = self.gateway.poll_output() {
            match output {
                Output::Sip(output) => self.do_sip(output),
                Output::Record(record) => (self.records)(record),
            }
        }
    }

    fn do_sip(&mut self, output: sip::stack::Output) {
        match output {
            sip::stack::Output::Send(transmit) => {
                if !self.sockets.send(&self.epoll, &transmit) && transmit.connection.is_none() {
                    let (local, destination) = (transmit.local, transmit.destination);
                    let failed = sip::stack::Input::TransportError { local, destination };
                    self.gateway.handle_input(Input::Sip(failed), Instant::now());
                }
                self.gateway.recycle(transmit.bytes);
            }
            sip::stack::Output::Connect { connection, local, remote, .. } => {
                if !self.sockets.connect(&self.epoll, connection, local, remote) {
                    let closed = sip::stack::Input::Closed { connection };
                    self.gateway.handle_input(Input::Sip(closed), Instant::now());
                }
            }
            sip::stack::Output::Close { connection } => self.sockets.close(connection.get()),
            sip::stack::Output::Event(_) | sip::stack::Output::Trace(_) => {}
        }
    }
}
