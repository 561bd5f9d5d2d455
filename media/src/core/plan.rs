//! Deciding how each endpoint gets its voice: as it comes, or at its pace.

use std::time::Instant;

use super::{Core, Endpoint};
use crate::bridge::Flow;
use crate::endpoint::{Arrival, Stream};
use crate::sdp::{DEFAULT_PACKET_MILLISECONDS, Negotiated};

/// What becomes of a speaker's packets.
enum Way {
    Unheard,
    Forward(Flow),
    Play,
}

impl Core {
    /// Decides anew for an endpoint and for those it is joined to.
    pub(super) fn plan(&mut self, place: u16, now: Instant) {
        let around = [Some(place), self.joints.hears(place), self.joints.heard_by(place)];
        for place in around.into_iter().flatten() {
            let way = self.way(place);
            if let Some(stream) = self.stream(place) {
                stream.take_way(way);
            }
        }
        for place in around.into_iter().flatten() {
            self.pace(place, now);
        }
    }

    /// What becomes of what this endpoint says.
    fn way(&self, place: u16) -> Way {
        let Some(listener) = self.joints.heard_by(place) else { return Way::Unheard };
        let (Some(from), Some(to)) = (self.negotiated(place), self.endpoint(listener)) else {
            return Way::Unheard;
        };
        let Endpoint::Stream(stream) = to else { return Way::Play };
        match stream.config.and_then(|to| Flow::between(&from, &to.negotiated, listener)) {
            // What is not sent must not leave a gap in the numbers of what is.
            Some(_) if stream.prompt.is_active() || stream.destination().is_none() => Way::Unheard,
            Some(flow) => Way::Forward(flow),
            None => Way::Play,
        }
    }

    /// Puts an endpoint on the wheel, or takes it off.
    fn pace(&mut self, place: u16, now: Instant) {
        let milliseconds = match self.endpoint(place) {
            None => None,
            Some(Endpoint::Line(_)) => {
                let listener = self.joints.heard_by(place).and_then(|listener| self.negotiated(listener));
                Some(listener.map_or(DEFAULT_PACKET_MILLISECONDS, |listener| listener.packet_milliseconds))
            }
            Some(Endpoint::Stream(stream)) => {
                let speaker = self.joints.hears(place).and_then(|speaker| self.endpoint(speaker));
                let needs_frames = match speaker {
                    // The line paces whom it speaks to.
                    Some(Endpoint::Line(_)) => false,
                    Some(Endpoint::Stream(speaker)) => {
                        stream.prompt.is_active() || matches!(speaker.arrival, Arrival::Play { .. })
                    }
                    None => stream.prompt.is_active(),
                };
                stream.config.filter(|_| needs_frames).map(|config| config.negotiated.packet_milliseconds)
            }
        };
        match milliseconds {
            Some(milliseconds) => self.wheel.add(place, milliseconds, now),
            None => self.wheel.remove(place),
        }
        let is_spoken_to_by_line =
            self.joints.hears(place).is_some_and(|speaker| self.negotiated(speaker).is_none());
        if milliseconds.is_none()
            && !is_spoken_to_by_line
            && let Some(stream) = self.stream(place)
        {
            (stream.pace, stream.is_talking) = (None, false);
        }
    }

    fn endpoint(&self, place: u16) -> Option<&Endpoint> {
        self.endpoints.get(usize::from(place))?.as_ref()
    }

    fn negotiated(&self, place: u16) -> Option<Negotiated> {
        match self.endpoint(place)? {
            Endpoint::Stream(stream) => stream.config.map(|config| config.negotiated),
            Endpoint::Line(_) => None,
        }
    }
}

impl Stream {
    /// Lets its packets go this way, and leaves a way that is the same as it is.
    fn take_way(&mut self, way: Way) {
        match (way, &self.arrival) {
            (Way::Unheard, _) => self.set_arrival(Arrival::Unheard),
            (Way::Forward(flow), Arrival::Forward(current)) if flow.is_like(current) => {}
            (Way::Forward(flow), _) => self.set_arrival(Arrival::Forward(flow)),
            (Way::Play, _) => self.play(),
        }
    }
}
