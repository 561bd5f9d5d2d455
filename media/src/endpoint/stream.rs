//! An RTP endpoint: one leg of a call as packets.

use core::ops::Range;
use core::time::Duration;
use std::net::SocketAddr;
use std::time::Instant;

use super::control::{self, Control, Moment};
use super::source::{Source, Verdict};
use super::{Outgoing, Prompt};
use crate::bridge::Flow;
use crate::command::StreamConfig;
use crate::event::{Event, Statistics};
use crate::quality::{self, Concealment};
use crate::rtp::rtcp::PACKET_OCTETS_MAX;
use crate::rtp::telephone_event::Receiver;
use crate::rtp::{self, Header, Packet, Playout, Reception, jitter_buffer};
use crate::{EndpointId, Law};

/// The longest datagram taken: 60 ms of G.711 have 492 octets.
pub(crate) const DATAGRAM_OCTETS_MAX: usize = 1500;
/// Between two looks of [`Stream::check`] at nothing in particular.
const IDLE_CHECK: Duration = Duration::from_secs(1);

/// One RTP stream, both ways.
pub(crate) struct Stream {
    pub(crate) id: EndpointId,
    pub(crate) config: Option<StreamConfig>,
    pub(crate) source: Source,
    pub(crate) out: Outgoing,
    /// Where packets go, as far as the direction has us send any; kept because every packet asks.
    goes_to: Option<SocketAddr>,
    /// What becomes of the packets that come.
    pub(crate) arrival: Arrival,
    pub(crate) reception: Option<Reception>,
    pub(crate) events: Receiver,
    pub(crate) control: Control,
    pub(crate) statistics: Statistics,
    pub(crate) prompt: Prompt,
    /// The timestamp of the next frame, while frames go out at a pace.
    pub(crate) pace: Option<u32>,
    /// Whether the last frame was voice: the first after a pause is marked (RFC 3551 §4.1).
    pub(crate) is_talking: bool,
    /// Since when packets are missed; `None` once `Timeout` was told.
    missed_since: Option<Instant>,
}

/// What becomes of the packets of a stream.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// Nobody hears them.
    Unheard,
    /// They go out again as they come.
    Forward(Flow),
    /// They wait for their turn in frames.
    Play {
        /// The law they are coded by.
        law: Law,
        /// Where they wait.
        playout: Box<Playout>,
    },
}

/// What a good packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Voice.
    Voice,
    /// A telephone-event.
    Event,
}

/// A packet that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) header: Header,
    /// Where its payload lies in the datagram.
    pub(crate) payload: Range<usize>,
    pub(crate) kind: Kind,
    pub(crate) verdict: Verdict,
}

impl Stream {
    pub(crate) fn new(id: EndpointId, out: Outgoing, control: Control) -> Self {
        Self {
            id,
            config: None,
            source: Source::Nobody,
            out,
            goes_to: None,
            arrival: Arrival::Unheard,
            reception: None,
            events: Receiver::new(8000),
            control,
            statistics: Statistics::default(),
            prompt: Prompt::default(),
            pace: None,
            is_talking: false,
            missed_since: None,
        }
    }

    /// Takes what signalling says; true when the source has to prove itself anew.
    pub(crate) fn configure(&mut self, config: StreamConfig, now: Instant) -> bool {
        let before = self.config.map(|config| config.negotiated.remote);
        let was_confirmed = self.source.confirmed().is_some();
        let until = config.latch.map(|window| now + window);
        self.source = self.source.signal(before, config.negotiated.remote, until);
        self.config = Some(config);
        self.missed_since = Some(now);
        self.aim();
        was_confirmed && self.source.confirmed().is_none()
    }

    /// Checks and counts a packet of voice or events; `None` when it is dropped, and then why is counted.
    #[inline]
    pub(crate) fn take(&mut self, from: SocketAddr, datagram: &[u8], now: Instant) -> Option<Taken> {
        let discarded = &mut self.statistics.discarded;
        let packet = match Packet::parse(datagram) {
            Ok(packet) if datagram.len() <= DATAGRAM_OCTETS_MAX => packet,
            Ok(_) | Err(_) => {
                discarded.malformed += 1;
                return None;
            }
        };
        let Some(config) = self.config.as_ref().filter(|config| config.negotiated.direction.receives())
        else {
            discarded.unexpected += 1;
            return None;
        };
        let header = packet.header;
        let kind = match config.negotiated.telephone_event {
            _ if header.payload_type == config.negotiated.payload_type.receive => Kind::Voice,
            Some(event) if header.payload_type == event.receive => Kind::Event,
            Some(_) | None => {
                discarded.payload_type += 1;
                return None;
            }
        };
        let verdict = self.source.judge(from, header, now);
        if verdict == Verdict::Refuse {
            discarded.source += 1;
            return None;
        }
        let octets = packet.payload.len();
        if verdict != Verdict::Accept {
            self.begin_anew();
        }
        let start = packet.payload.as_ptr().addr().wrapping_sub(datagram.as_ptr().addr());
        if !self.count(header, kind, now) {
            self.statistics.discarded.late += 1;
            return None;
        }
        let received = &mut self.statistics.received;
        received.packets += 1;
        received.octets += octets as u64;
        received.first.get_or_insert(now);
        received.last = Some(now);
        self.missed_since = Some(now);
        Some(Taken { header, payload: start..start.wrapping_add(octets), kind, verdict })
    }

    /// Counts a packet in its source's sequence; whether it may be used.
    fn count(&mut self, header: Header, kind: Kind, now: Instant) -> bool {
        let clock_rate = self.config.map_or(8000, |config| config.negotiated.codec.clock_rate());
        let reception = match &mut self.reception {
            Some(reception) if reception.ssrc() == header.ssrc => reception,
            other => {
                if let Some(before) = other {
                    self.statistics.received.lost += before.sequence().lost();
                    self.events.restart();
                }
                // The address has proved itself already: the first packet counts.
                other.insert(Reception::new(header.ssrc, clock_rate, 1))
            }
        };
        let arrival = match kind {
            Kind::Voice => reception.receive(header, now),
            Kind::Event => reception.receive_untimed(header),
        };
        if arrival == rtp::Arrival::Restart
            && let Arrival::Forward(flow) = &mut self.arrival
        {
            flow.restart();
        }
        arrival.is_usable()
    }

    /// Lets packets wait for their turn from now on, unless they do already.
    pub(crate) fn play(&mut self) {
        let Some(law) = self.config.map(|config| config.negotiated.codec.law()) else { return };
        if !matches!(self.arrival, Arrival::Play { law: current, .. } if current == law) {
            let playout = Box::new(Playout::new(law, jitter_buffer::Config::default()));
            self.set_arrival(Arrival::Play { law, playout });
        }
    }

    /// Sends its packets another way; what waited is lost, and what was counted is kept.
    pub(crate) fn set_arrival(&mut self, arrival: Arrival) {
        if let Arrival::Play { playout, .. } = core::mem::replace(&mut self.arrival, arrival) {
            let counters = playout.counters();
            self.statistics.discarded.late += counters.late;
            self.statistics.discarded.overflow += counters.astray;
            self.statistics.received.concealed += Duration::from_micros(counters.lost_octets * 125);
        }
    }

    /// Counts a packet that goes out.
    #[inline]
    pub(crate) fn count_sent(&mut self, payload_octets: usize, now: Instant) {
        let sent = &mut self.statistics.sent;
        sent.packets += 1;
        sent.octets += payload_octets as u64;
        sent.first.get_or_insert(now);
        sent.last = Some(now);
    }

    /// Where packets go, if the direction has us send any.
    #[inline]
    pub(crate) const fn destination(&self) -> Option<SocketAddr> {
        self.goes_to
    }

    /// Another source has been confirmed: its numbers have nothing to do with those before.
    fn begin_anew(&mut self) {
        if let Some(before) = self.reception.take() {
            self.statistics.received.lost += before.sequence().lost();
            self.events.restart();
        }
        if let Arrival::Forward(flow) = &mut self.arrival {
            flow.restart();
        }
        self.aim();
    }

    /// Looks anew where packets go.
    fn aim(&mut self) {
        let sends = self.config.is_some_and(|config| config.negotiated.direction.sends());
        self.goes_to = self.source.destination().filter(|_| sends);
    }

    /// Takes a packet of the RTCP port.
    pub(crate) fn take_control(&mut self, from: SocketAddr, datagram: &[u8], moment: Moment) {
        let Some(config) = &self.config else {
            self.statistics.discarded.unexpected += 1;
            return;
        };
        if !control::is_expected(&self.source, &config.negotiated, from) {
            self.statistics.discarded.source += 1;
            return;
        }
        let ours = (self.out.ssrc, config.negotiated.codec);
        if !self.control.read(datagram, ours, self.reception.as_mut(), moment) {
            self.statistics.discarded.malformed += 1;
        }
    }

    /// Tells what time alone brings about: a missed stream. When to look again.
    pub(crate) fn check(&mut self, now: Instant) -> (Option<Event>, Instant) {
        let mut next = (now + IDLE_CHECK).min(self.control.poll_timeout());
        let mut event = None;
        let timeout = self.config.filter(|config| config.negotiated.direction.receives());
        if let (Some(timeout), Some(since)) = (timeout.and_then(|config| config.timeout), self.missed_since) {
            if now >= since + timeout {
                self.missed_since = None;
                event = Some(Event::Timeout { endpoint: self.id });
            } else {
                next = next.min(since + timeout);
            }
        }
        (event, self.events.poll_timeout().map_or(next, |until| next.min(until)))
    }

    /// The report that is due, and where it goes. Before there is any voice there is nothing to report.
    pub(crate) fn report(
        &mut self,
        bye: bool,
        moment: Moment,
        packet: &mut [u8; PACKET_OCTETS_MAX],
    ) -> Option<(SocketAddr, usize)> {
        let senders = u8::from(self.out.has_sent()) + u8::from(self.reception.is_some());
        let config = self.config.filter(|_| senders > 0)?;
        if !bye && !self.control.is_due(senders, moment) {
            return None;
        }
        let to = control::destination(&self.source, &config.negotiated)?;
        let ours = (&self.out, config.negotiated.codec);
        let sent = &self.statistics.sent;
        let octets = self.control.write(ours, sent, self.reception.as_mut(), bye, moment, packet)?;
        Some((to, octets))
    }

    /// What went through it in all.
    pub(crate) fn close(mut self) -> Statistics {
        self.set_arrival(Arrival::Unheard);
        if let Some(reception) = &self.reception {
            self.statistics.received.lost += reception.sequence().lost();
            self.statistics.received.jitter = reception.jitter_time();
        }
        self.statistics.round_trip = self.control.round_trip;
        self.statistics.reported = self.control.reported;
        self.statistics.mos = self.score();
        self.statistics
    }

    /// The E-model's score of what came in. The delay is half the round trip and what evening out took: twice
    /// the jitter, as a buffer that adapts settles near.
    fn score(&self) -> Option<f32> {
        let received = &self.statistics.received;
        let expected = received.packets.saturating_add(received.lost);
        if received.packets == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more than six digits")]
        let loss = received.lost as f64 / expected as f64;
        let delay = self.statistics.round_trip.unwrap_or_default() / 2 + received.jitter * 2;
        #[expect(clippy::cast_possible_truncation, reason = "a score has two digits")]
        Some(quality::mos(quality::rating(loss, delay, Concealment::AppendixI)) as f32)
    }
}
