//! Obeying the control plane.

use std::net::SocketAddr;
use std::time::Instant;

use rand_core::Rng;

use super::{Core, Port};
use crate::command::{Command, StreamConfig};
use crate::endpoint::{Control, Endpoint, Length, Line, Outgoing, Stream};
use crate::event::{Event, OpenError, Statistics};
use crate::rtp::rtcp::PACKET_OCTETS_MAX;
use crate::tone::Tone;
use crate::{Bearer, EndpointId, Law};

impl Core {
    /// Obeys one command.
    pub fn handle_command(&mut self, command: Command, now: Instant) {
        match command {
            Command::Open { endpoint, local } => self.open(endpoint, local, now),
            Command::Configure { endpoint, stream } => self.configure(endpoint, stream, now),
            Command::OpenBearer { endpoint, bearer, detect_digits } => {
                self.open_line(endpoint, bearer, detect_digits, now);
            }
            Command::Bridge { a, b } => self.join(a, b, true, now),
            Command::CutThrough { from, to } => self.join(from, to, false, now),
            Command::Unbridge { endpoint } => self.part(endpoint, now),
            Command::Tone { endpoint, tone } => self.tone(endpoint, Some(tone), now),
            Command::StopTone { endpoint } => self.tone(endpoint, None, now),
            Command::Digit { endpoint, digit, milliseconds } => {
                if let Some(place) = self.place_of(endpoint) {
                    self.say_digit(place, digit, Length::Milliseconds(milliseconds), now);
                }
            }
            Command::Close { endpoint } => self.close(endpoint, now),
        }
    }

    /// The socket of this place could not be bound: its endpoint is none.
    pub fn handle_open_failed(&mut self, place: u16, why: OpenError, now: Instant) {
        let Some(endpoint) = self.endpoints.get(usize::from(place)).and_then(Option::as_ref) else { return };
        let endpoint = endpoint.id();
        self.detach(place, now);
        self.remove(place);
        self.out.event(Event::OpenFailed { endpoint, why });
    }

    fn open(&mut self, endpoint: EndpointId, local: SocketAddr, now: Instant) {
        let Some(place) = self.free_place(endpoint) else {
            self.out.event(Event::OpenFailed { endpoint, why: OpenError::Limit });
            return;
        };
        let (sequence, _) = split(self.random.next_u32());
        let out = Outgoing::new(self.random.next_u32(), sequence, self.random.next_u32());
        let control = Control::new(self.random.next_u64(), now, self.moment(now).chance);
        self.insert(place, Endpoint::Stream(Box::new(Stream::new(endpoint, out, control))));
        self.out.open(place, local);
    }

    fn open_line(
        &mut self,
        endpoint: EndpointId,
        bearer: Box<dyn Bearer>,
        detect_digits: bool,
        now: Instant,
    ) {
        let Some(place) = self.free_place(endpoint) else {
            self.out.event(Event::OpenFailed { endpoint, why: OpenError::Limit });
            return;
        };
        self.insert(place, Endpoint::Line(Box::new(Line::new(endpoint, bearer, detect_digits))));
        self.plan(place, now);
    }

    fn tone(&mut self, endpoint: EndpointId, tone: Option<Tone>, now: Instant) {
        let Some(place) = self.place_of(endpoint) else { return };
        let (prompt, law) = match self.endpoints.get_mut(usize::from(place)) {
            Some(Some(Endpoint::Stream(stream))) => {
                let law = stream.config.map_or(Law::A, |config| config.negotiated.codec.law());
                (&mut stream.prompt, law)
            }
            Some(Some(Endpoint::Line(line))) => {
                let law = line.law();
                (&mut line.prompt, law)
            }
            Some(None) | None => return,
        };
        match tone {
            Some(tone) => prompt.play(tone, law),
            None => prompt.stop(),
        }
        self.plan(place, now);
    }

    fn configure(&mut self, endpoint: EndpointId, config: StreamConfig, now: Instant) {
        let Some(place) = self.place_of(endpoint) else { return };
        let Some(stream) = self.stream(place) else { return };
        if stream.configure(config, now) {
            self.out.connect(place, None);
        }
        self.check(place, now);
        self.plan(place, now);
    }

    fn join(&mut self, from: EndpointId, to: EndpointId, both: bool, now: Instant) {
        let (Some(from), Some(to)) = (self.place_of(from), self.place_of(to)) else { return };
        if from == to {
            return;
        }
        let parted = [
            self.joints.hears(to),
            self.joints.heard_by(from),
            self.joints.hears(from),
            self.joints.heard_by(to),
        ];
        self.joints.join(from, to);
        if both {
            self.joints.join(to, from);
        }
        for place in parted.into_iter().flatten().chain([from, to]) {
            self.plan(place, now);
        }
    }

    fn part(&mut self, endpoint: EndpointId, now: Instant) {
        if let Some(place) = self.place_of(endpoint) {
            self.detach(place, now);
        }
    }

    /// Nobody hears it, and it hears nobody.
    fn detach(&mut self, place: u16, now: Instant) {
        let others = [self.joints.hears(place), self.joints.heard_by(place)];
        self.joints.silence(place);
        self.joints.deafen(place);
        for place in others.into_iter().flatten().chain([place]) {
            self.plan(place, now);
        }
    }

    fn close(&mut self, endpoint: EndpointId, now: Instant) {
        let statistics = match self.place_of(endpoint) {
            Some(place) => {
                self.detach(place, now);
                self.say_goodbye(place, now);
                self.out.close(place);
                self.remove(place).map(Endpoint::close).unwrap_or_default()
            }
            None => Statistics::default(),
        };
        self.out.event(Event::Closed { endpoint, statistics: Box::new(statistics) });
    }

    fn say_goodbye(&mut self, place: u16, now: Instant) {
        let moment = self.moment(now);
        let mut packet = [0; PACKET_OCTETS_MAX];
        let Some(stream) = self.stream(place).filter(|stream| stream.control.is_open) else { return };
        if let Some((to, octets)) = stream.report(true, moment, &mut packet) {
            self.out.send(place, Port::Control, to, [packet.get(..octets).unwrap_or_default(), &[]]);
        }
    }

    /// The place of an endpoint that is there.
    pub(super) fn place_of(&self, endpoint: EndpointId) -> Option<u16> {
        let there = self.endpoints.get(endpoint.place())?.as_ref()?;
        (there.id() == endpoint).then(|| u16::try_from(endpoint.place()).ok())?
    }

    /// The place of an endpoint that is to be.
    fn free_place(&self, endpoint: EndpointId) -> Option<u16> {
        match self.endpoints.get(endpoint.place())? {
            Some(_) => None,
            None => u16::try_from(endpoint.place()).ok(),
        }
    }

    fn insert(&mut self, place: u16, endpoint: Endpoint) {
        if let Some(slot) = self.endpoints.get_mut(usize::from(place)) {
            *slot = Some(endpoint);
        }
    }

    fn remove(&mut self, place: u16) -> Option<Endpoint> {
        self.wheel.remove(place);
        self.overlook(place);
        self.endpoints.get_mut(usize::from(place)).and_then(Option::take)
    }
}

/// The halves of a random number.
#[expect(clippy::cast_possible_truncation, reason = "each half is wanted for itself")]
const fn split(random: u32) -> (u16, u16) {
    (random as u16, (random >> 16) as u16)
}
