//! Frames that are due: what each paced endpoint hears next, and what each line says.

use core::time::Duration;
use std::time::Instant;

use call::Digit;

use super::{Core, Endpoint, Port, Wheel};
use crate::dtmf::Heard;
use crate::endpoint::{Arrival, Length, SAMPLES_MAX};
use crate::event::{DigitSource, Event};
use crate::rtp::Header;
use crate::rtp::telephone_event::PAYLOAD_OCTETS;

/// The most digits begun or ended that one frame of a line can hold.
const HEARD_MAX: usize = 4;

impl Core {
    /// Makes the frames of every tick up to now.
    pub(super) fn turn_wheel(&mut self, now: Instant) {
        while let Some(tick) = self.wheel.take_tick(now) {
            let at = self.wheel.time(tick);
            for period in 1..=Wheel::periods() {
                // The list may change under us: a prompt that ends takes its endpoint off the wheel.
                let mut due = core::mem::take(&mut self.due);
                due.clear();
                due.extend_from_slice(self.wheel.due(tick, period));
                for place in &due {
                    self.frame(*place, period * Wheel::TICK_SAMPLES, at);
                }
                self.due = due;
            }
        }
    }

    fn frame(&mut self, place: u16, samples: usize, now: Instant) {
        let mut room = [0_i16; SAMPLES_MAX];
        let Some(pcm) = room.get_mut(..samples) else { return };
        self.fetch(place, pcm, now);
        match self.endpoints.get_mut(usize::from(place)) {
            Some(Some(Endpoint::Line(line))) => {
                line.exchange(pcm, now);
                self.spread(place, pcm, now);
            }
            Some(Some(Endpoint::Stream(_))) => {
                self.send_frame(place, pcm, now);
                if self.stream(place).is_some_and(|stream| !stream.prompt.is_active()) {
                    self.plan(place, now);
                }
            }
            Some(None) | None => {}
        }
    }

    /// What the endpoint's speaker says now; silence where there is none.
    fn fetch(&mut self, place: u16, pcm: &mut [i16], now: Instant) {
        let Some(speaker) = self.joints.hears(place) else { return };
        match self.endpoints.get_mut(usize::from(speaker)) {
            Some(Some(Endpoint::Stream(stream))) => {
                if let Arrival::Play { playout, .. } = &mut stream.arrival {
                    playout.frame(pcm, now);
                }
            }
            Some(Some(Endpoint::Line(line))) => line.give(pcm),
            Some(None) | None => {}
        }
    }

    /// Gives what a line said to whom hears it, and tells the digits in it.
    fn spread(&mut self, place: u16, pcm: &mut [i16], now: Instant) {
        let mut heard = [None; HEARD_MAX];
        let mut free = heard.iter_mut();
        let Some(Endpoint::Line(line)) = self.endpoints.get_mut(usize::from(place)).and_then(Option::as_mut)
        else {
            return;
        };
        line.listen(pcm, |what| {
            if let Some(slot) = free.next() {
                *slot = Some(what);
            }
        });
        let (endpoint, mut is_down) = (line.id, line.is_digit_down());
        let listener = self.joints.heard_by(place);
        if listener.is_some_and(|listener| self.is_line(listener))
            && let Some(Endpoint::Line(line)) =
                self.endpoints.get_mut(usize::from(place)).and_then(Option::as_mut)
        {
            line.keep(pcm);
        }
        for what in heard.into_iter().flatten() {
            is_down = true;
            self.tell_heard(endpoint, listener, what);
        }
        let Some(listener) = listener else { return };
        let takes_events = |config: crate::StreamConfig| config.negotiated.telephone_event.is_some();
        if is_down && self.stream(listener).and_then(|stream| stream.config).is_some_and(takes_events) {
            pcm.fill(0);
        }
        self.send_frame(listener, pcm, now);
    }

    fn tell_heard(&mut self, endpoint: crate::EndpointId, listener: Option<u16>, what: Heard) {
        let stream = listener.and_then(|listener| self.stream(listener));
        match what {
            Heard::Start(digit) => {
                let Some(stream) = stream else { return };
                let Some(negotiated) = stream.config.map(|config| config.negotiated) else { return };
                if negotiated.telephone_event.is_some() {
                    let clock_rate = negotiated.codec.clock_rate();
                    stream.prompt.tell(digit, Length::Held, clock_rate, negotiated.packet_milliseconds);
                }
            }
            Heard::End { digit, duration } => {
                if let Some(stream) = stream {
                    stream.prompt.release();
                }
                self.tell_digit(endpoint, digit, duration, DigitSource::InBand);
            }
        }
    }

    pub(super) fn tell_digit(
        &mut self,
        endpoint: crate::EndpointId,
        digit: Digit,
        duration: Duration,
        how: DigitSource,
    ) {
        let milliseconds = u16::try_from(duration.as_millis()).unwrap_or(u16::MAX);
        self.out.event(Event::Digit { endpoint, digit, milliseconds, how });
    }

    /// Sends a stream its next frame: an event if there is one to tell, else voice.
    fn send_frame(&mut self, place: u16, pcm: &mut [i16], now: Instant) {
        let Some(Endpoint::Stream(stream)) =
            self.endpoints.get_mut(usize::from(place)).and_then(Option::as_mut)
        else {
            return;
        };
        let Some(negotiated) = stream.config.map(|config| config.negotiated) else { return };
        let samples = u32::try_from(pcm.len()).unwrap_or(0);
        let (sequence, resumed) = stream.out.resume(negotiated.codec.clock_rate(), samples, now);
        let timestamp = stream.pace.unwrap_or(resumed);
        stream.pace = Some(timestamp.wrapping_add(samples));
        stream.prompt.fill(pcm);
        let destination = stream.destination();
        let event =
            stream.prompt.events().map(|events| (events.frame(timestamp, samples), events.replaces_voice()));
        let mut header = Header {
            payload_type: negotiated.payload_type.send,
            marker: !stream.is_talking,
            sequence,
            timestamp,
            ssrc: stream.out.ssrc,
        };
        let mut octets = [0; SAMPLES_MAX];
        let payload = match (event, negotiated.telephone_event) {
            (Some((Some(report), _)), Some(types)) => {
                stream.is_talking = false;
                (header.payload_type, header.marker, header.timestamp) =
                    (types.send, report.marker, report.timestamp);
                octets.get_mut(..PAYLOAD_OCTETS).map(|room| {
                    room.copy_from_slice(&report.event.to_bytes());
                    &*room
                })
            }
            (Some((None, true)), Some(_)) => return,
            (Some(_) | None, _) => {
                stream.is_talking = true;
                negotiated.codec.law().encode_into(pcm, &mut octets);
                octets.get(..pcm.len())
            }
        };
        let (Some(to), Some(payload)) = (destination, payload) else { return };
        stream.out.note(header.sequence, header.timestamp, now);
        stream.count_sent(payload.len(), now);
        self.out.send(place, Port::Rtp, to, [&header.to_bytes(), payload]);
    }

    fn is_line(&self, place: u16) -> bool {
        matches!(self.endpoints.get(usize::from(place)), Some(Some(Endpoint::Line(_))))
    }
}
