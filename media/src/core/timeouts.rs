//! What time brings about: frames that are due, reports, streams that are missed.

use core::time::Duration;
use std::time::Instant;

use call::Digit;

use super::{Core, Endpoint, Port};
use crate::endpoint::{Arrival, Length};
use crate::event::DigitSource;
use crate::rtp::rtcp::PACKET_OCTETS_MAX;
use crate::rtp::telephone_event::Heard;

/// Endpoints are looked at together, at most this often: nobody is woken for each.
const CHECK_INTERVAL: Duration = Duration::from_millis(100);

impl Core {
    /// Does all that is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.turn_wheel(now);
        if self.next_check.is_some_and(|check| check <= now) {
            self.check_all(now);
        }
    }

    fn check_all(&mut self, now: Instant) {
        for place in 0..self.checks.len() {
            if self.checks.get(place).copied().flatten().is_some_and(|check| check <= now)
                && let Ok(place) = u16::try_from(place)
            {
                self.check(place, now);
            }
        }
        let earliest = self.checks.iter().flatten().min().copied();
        self.next_check = earliest.map(|earliest| earliest.max(now + CHECK_INTERVAL));
    }

    pub(super) fn check(&mut self, place: u16, now: Instant) {
        self.report(place, now);
        let Some(stream) = self.stream(place) else { return };
        stream.events.handle_timeout(now);
        let (event, next) = stream.check(now);
        if let Some(event) = event {
            self.out.event(event);
        }
        self.tell_events(place, now);
        if let Some(check) = self.checks.get_mut(usize::from(place)) {
            *check = None;
        }
        self.look(place, next);
    }

    fn report(&mut self, place: u16, now: Instant) {
        let moment = self.moment(now);
        let mut packet = [0; PACKET_OCTETS_MAX];
        let Some(stream) = self.stream(place) else { return };
        let Some((to, octets)) = stream.report(false, moment, &mut packet) else { return };
        let opens = !core::mem::replace(&mut stream.control.is_open, true);
        if opens {
            self.out.open_control(place);
        }
        self.out.send(place, Port::Control, to, [packet.get(..octets).unwrap_or_default(), &[]]);
    }

    /// Tells the digits a stream has heard, and passes them on to whom cannot get them as they came.
    pub(super) fn tell_events(&mut self, place: u16, now: Instant) {
        while let Some(stream) = self.stream(place)
            && let Some(heard) = stream.events.poll()
        {
            let endpoint = stream.id;
            let is_forwarded = matches!(&stream.arrival, Arrival::Forward(flow) if flow.carries_events());
            let listener = self.joints.heard_by(place).filter(|_| !is_forwarded);
            match heard {
                Heard::Start { digit, .. } => {
                    if let Some(listener) = listener {
                        self.say_digit(listener, digit, Length::Held, now);
                    }
                }
                Heard::End { digit, duration } => {
                    match listener.and_then(|listener| self.endpoints.get_mut(usize::from(listener))) {
                        Some(Some(Endpoint::Stream(stream))) => stream.prompt.release(),
                        Some(Some(Endpoint::Line(line))) => line.prompt.release(),
                        Some(None) | None => {}
                    }
                    self.tell_digit(endpoint, digit, duration, DigitSource::Event);
                }
            }
        }
    }

    /// Says a digit to an endpoint: as an event where it takes them, else as tones.
    pub(super) fn say_digit(&mut self, place: u16, digit: Digit, length: Length, now: Instant) {
        match self.endpoints.get_mut(usize::from(place)) {
            Some(Some(Endpoint::Line(line))) => line.prompt.sound(digit, length, line.law()),
            Some(Some(Endpoint::Stream(stream))) => {
                let Some(negotiated) = stream.config.map(|config| config.negotiated) else { return };
                let codec = negotiated.codec;
                match negotiated.telephone_event {
                    Some(_) => {
                        let frame = negotiated.packet_milliseconds;
                        stream.prompt.tell(digit, length, codec.clock_rate(), frame);
                    }
                    None => stream.prompt.sound(digit, length, codec.law()),
                }
                self.plan(place, now);
            }
            Some(None) | None => {}
        }
    }
}
