//! One media thread: its core, its sockets, and the turn they take.

use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::BorrowedFd;
use std::time::Instant;

use rtrb::{Consumer, Producer};

use super::alarm::Alarm;
use super::backend::{Onward, Poll, Receiver, Token};
use super::ring::Bell;
use super::socket;
use crate::command::Command;
use crate::core::{Core, Output, Port};
use crate::event::Event;

/// Commands obeyed before packets get their turn again.
const COMMANDS_A_TURN: usize = 64;
/// While the control plane does not take its events, how often to try again.
const RETRY: Duration = Duration::from_millis(5);

/// What a thread is connected to the control plane by.
pub(super) struct Wiring {
    pub(super) commands: Consumer<Command>,
    pub(super) events: Producer<Event>,
    /// Rung for us.
    pub(super) wake: Bell,
    /// Rung by us.
    pub(super) tell: Bell,
    /// Rings when something is due.
    pub(super) alarm: Alarm,
}

impl Wiring {
    /// What wakes the thread.
    pub(super) fn wakes(&self) -> [BorrowedFd<'_>; 2] {
        [self.wake.descriptor(), self.alarm.descriptor()]
    }
}

/// All of a media thread but its way of polling.
pub(super) struct Worker {
    core: Core,
    sockets: Sockets,
    wiring: Wiring,
    /// Events the full ring would not take. While there are any, no command is obeyed, so that they are few.
    waiting: VecDeque<Event>,
    now: Instant,
}

/// The sockets of each place.
struct Sockets {
    places: Vec<Place>,
}

#[derive(Default)]
struct Place {
    rtp: Option<UdpSocket>,
    control: Option<UdpSocket>,
    is_connected: bool,
    generation: u32,
}

impl Worker {
    pub(super) fn new(core: Core, places: usize, wiring: Wiring) -> Self {
        let sockets = Sockets { places: (0..places).map(|_| Place::default()).collect() };
        Self { core, sockets, wiring, waiting: VecDeque::new(), now: Instant::now() }
    }

    /// Runs until the engine ends.
    pub(super) fn run<P: Poll>(mut self, mut poll: P) -> io::Result<()> {
        loop {
            let has_more = self.obey();
            if self.core.poll_timeout().is_some_and(|due| due <= self.now) {
                self.core.handle_timeout(self.now);
            }
            self.drain(&mut poll);
            if self.wiring.wake.is_over() {
                return Ok(());
            }
            self.wiring.alarm.set(self.core.poll_timeout())?;
            let wait = if has_more { Some(Duration::ZERO) } else { self.wait() };
            poll.turn(wait, &mut self)?;
            self.drain(&mut poll);
        }
    }

    /// Obeys what commands there are; whether some are left.
    fn obey(&mut self) -> bool {
        self.wiring.wake.still();
        self.tell_waiting();
        for _ in 0..COMMANDS_A_TURN {
            if !self.waiting.is_empty() {
                return false;
            }
            let Ok(command) = self.wiring.commands.pop() else { return false };
            self.core.handle_command(command, self.now);
        }
        true
    }

    fn wait(&self) -> Option<Duration> {
        (!self.waiting.is_empty()).then_some(RETRY)
    }

    /// Does what the core says.
    fn drain(&mut self, poll: &mut impl Poll) {
        let mut has_told = false;
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Send { place, port, to, packet } => {
                    if !self.sockets.send(poll, place, port, to, packet) {
                        self.core.handle_refused(place);
                    }
                }
                Output::Connect { place, remote } => self.sockets.connect(place, remote),
                Output::Open { place, local } => {
                    if let Err(error) = self.sockets.open(poll, place, local) {
                        self.core.handle_open_failed(place, socket::reason(&error), self.now);
                    }
                }
                Output::OpenControl { place } => self.sockets.open_control(poll, place),
                Output::Close { place } => self.sockets.close(poll, place),
                Output::Event(event) => {
                    has_told = true;
                    self.waiting.push_back(event);
                }
            }
        }
        if has_told {
            self.tell_waiting();
        }
    }

    /// Gives the control plane as many events as it has room for.
    fn tell_waiting(&mut self) {
        let mut has_told = false;
        while let Some(event) = self.waiting.pop_front() {
            if let Err(rtrb::PushError::Full(event)) = self.wiring.events.push(event) {
                self.waiting.push_front(event);
                break;
            }
            has_told = true;
        }
        if has_told {
            self.wiring.tell.ring();
        }
    }
}

impl Receiver for Worker {
    fn begin(&mut self) {
        self.now = Instant::now();
    }

    fn socket(&self, token: Token) -> Option<&UdpSocket> {
        let place = self.sockets.places.get(usize::from(token.place))?;
        let socket = if token.is_control { &place.control } else { &place.rtp };
        socket.as_ref().filter(|_| place.generation == token.generation)
    }

    fn receive(&mut self, token: Token, from: SocketAddr, datagram: &mut [u8]) -> Option<Onward<'_>> {
        self.socket(token)?;
        if token.is_control {
            self.core.handle_control_packet(token.place, from, datagram, self.now);
            return None;
        }
        let forward = self.core.handle_packet(token.place, from, datagram, self.now)?;
        let out = self.sockets.places.get(usize::from(forward.place))?;
        let socket = out.rtp.as_ref()?;
        let to = (!out.is_connected).then_some(forward.to);
        Some(Onward { socket, place: forward.place, to, packet: forward.packet })
    }

    fn refused(&mut self, place: u16) {
        self.core.handle_refused(place);
    }
}

impl Sockets {
    fn place(&mut self, place: u16) -> Option<&mut Place> {
        self.places.get_mut(usize::from(place))
    }

    fn open(&mut self, poll: &mut impl Poll, place: u16, local: SocketAddr) -> io::Result<()> {
        let Some(entry) = self.place(place) else { return Ok(()) };
        entry.generation = entry.generation.wrapping_add(1);
        entry.is_connected = false;
        let token = Token { place, is_control: false, generation: entry.generation };
        let socket = socket::open(local, None)?;
        poll.add(token, &socket)?;
        entry.rtp = Some(socket);
        Ok(())
    }

    /// Without its RTCP port, which somebody else may have taken, a stream goes on without reports.
    fn open_control(&mut self, poll: &mut impl Poll, place: u16) {
        let Some(entry) = self.place(place) else { return };
        let local = entry.rtp.as_ref().and_then(|socket| socket.local_addr().ok());
        let above = local.and_then(|local| Some(SocketAddr::new(local.ip(), local.port().checked_add(1)?)));
        let Some(socket) = above.and_then(|above| socket::open(above, None).ok()) else { return };
        let token = Token { place, is_control: true, generation: entry.generation };
        if poll.add(token, &socket).is_ok() {
            entry.control = Some(socket);
        }
    }

    /// A socket that cannot be tied or untied stays as it is: the core judges every source itself.
    fn connect(&mut self, place: u16, remote: Option<SocketAddr>) {
        let Some(entry) = self.place(place) else { return };
        let Some(socket) = &entry.rtp else { return };
        entry.is_connected = match remote {
            Some(remote) => socket.connect(remote).is_ok(),
            None => socket::disconnect(socket).is_err() && entry.is_connected,
        };
    }

    fn close(&mut self, poll: &mut impl Poll, place: u16) {
        let Some(entry) = self.place(place) else { return };
        for (socket, is_control) in [(entry.rtp.take(), false), (entry.control.take(), true)] {
            if let Some(socket) = socket {
                poll.remove(Token { place, is_control, generation: entry.generation }, &socket);
            }
        }
    }

    fn send(&self, poll: &mut impl Poll, place: u16, port: Port, to: SocketAddr, packet: &[u8]) -> bool {
        let Some(entry) = self.places.get(usize::from(place)) else { return false };
        let (socket, to) = match port {
            Port::Rtp => (&entry.rtp, (!entry.is_connected).then_some(to)),
            Port::Control => (&entry.control, Some(to)),
        };
        socket.as_ref().is_some_and(|socket| poll.send(socket, to, packet))
    }
}
