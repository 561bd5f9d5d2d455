//! Packets that come: checked, counted, forwarded on arrival or kept for their turn.

use core::ops::Range;
use std::net::SocketAddr;
use std::time::Instant;

use super::{Core, Endpoint};
use crate::endpoint::{Arrival, Kind, Taken, Verdict};
use crate::event::Event;
use crate::rtp::header::FIXED_OCTETS;

/// A packet to be sent on from where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Out of the RTP socket of this place.
    pub place: u16,
    /// To there.
    pub to: SocketAddr,
    /// This part of the datagram that came.
    pub packet: Range<usize>,
}

impl Core {
    /// Takes a datagram that came to the RTP socket of a place. It is rewritten where it lies, and the result
    /// says where it goes at once, if it does.
    #[inline]
    pub fn handle_packet(
        &mut self,
        place: u16,
        from: SocketAddr,
        datagram: &mut [u8],
        now: Instant,
    ) -> Option<Forward> {
        let stream = self.stream(place)?;
        let taken = stream.take(from, datagram, now)?;
        if taken.verdict != Verdict::Accept {
            self.confirmed(place, &taken, from);
        }
        if taken.kind == Kind::Event {
            self.take_event(place, &taken, datagram, now);
        }
        self.pass_on(place, taken, datagram, now)
    }

    /// Takes a datagram that came to the RTCP socket of a place.
    pub fn handle_control_packet(&mut self, place: u16, from: SocketAddr, datagram: &[u8], now: Instant) {
        let moment = self.moment(now);
        if let Some(stream) = self.stream(place) {
            stream.take_control(from, datagram, moment);
        }
    }

    /// The socket of this place would not take a packet.
    pub fn handle_refused(&mut self, place: u16) {
        if let Some(stream) = self.stream(place) {
            stream.statistics.sent.refused += 1;
        }
    }

    #[inline]
    fn pass_on(&mut self, place: u16, taken: Taken, datagram: &mut [u8], now: Instant) -> Option<Forward> {
        let listener = match &mut self.stream(place)?.arrival {
            Arrival::Unheard => return None,
            Arrival::Forward(flow) => flow.to,
            Arrival::Play { playout, .. } => {
                if taken.kind == Kind::Voice {
                    playout.put(taken.header, datagram.get(taken.payload)?, now);
                }
                return None;
            }
        };
        let both = self.endpoints.get_disjoint_mut([usize::from(place), usize::from(listener)]);
        let Ok([Some(Endpoint::Stream(from)), Some(Endpoint::Stream(to))]) = both else { return None };
        let Arrival::Forward(flow) = &mut from.arrival else { return None };
        let destination = to.destination()?;
        let packet = flow.forward(taken.header, datagram, taken.payload, &mut to.out, now)?;
        to.count_sent(packet.len().saturating_sub(FIXED_OCTETS), now);
        Some(Forward { place: listener, to: destination, packet })
    }

    /// The source of a stream has proved itself: its socket takes no other's packets from now on.
    fn confirmed(&mut self, place: u16, taken: &Taken, from: SocketAddr) {
        self.out.connect(place, Some(from));
        let Some(stream) = self.stream(place) else { return };
        let endpoint = stream.id;
        let opens = !core::mem::replace(&mut stream.control.is_open, true);
        if opens {
            self.out.open_control(place);
        }
        if taken.verdict == Verdict::Latch {
            self.out.event(Event::Latched { endpoint, source: from });
        }
    }

    fn take_event(&mut self, place: u16, taken: &Taken, datagram: &[u8], now: Instant) {
        let Some(stream) = self.stream(place) else { return };
        let payload = datagram.get(taken.payload.clone()).unwrap_or_default();
        stream.events.handle_packet(taken.header, payload, now);
        let until = stream.events.poll_timeout();
        self.tell_events(place, now);
        if let Some(until) = until {
            self.look(place, until);
        }
    }
}
