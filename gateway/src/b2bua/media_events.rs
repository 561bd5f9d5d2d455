//! What the media threads tell: digits, silence, and what went through an endpoint that is closed.

use std::time::Instant;

use call::Cause;

use super::gateway::Gateway;
use super::progress::Input as Said;

impl Gateway {
    pub(super) fn media_event(&mut self, event: media::Event, now: Instant) {
        let endpoint = event.endpoint();
        if let media::Event::Closed { statistics, .. } = event {
            return self.voice_closed(endpoint, statistics, now);
        }
        let Some((key, side)) = self.switch.voice.owner(endpoint) else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        if call.endpoint(side) != Some(endpoint) {
            return;
        }
        match event {
            media::Event::OpenFailed { why, .. } => {
                tracing::error!(parent: &call.span, ?why, "no RTP port could be opened");
                self.step(key, Said::HangUp(Cause::RESOURCE_UNAVAILABLE), None, now);
            }
            media::Event::Digit { digit: _, how, .. } => {
                if let Some(leg) = call.leg_mut(side) {
                    leg.digits = leg.digits.saturating_add(1);
                    if let Some(trunk) = self.switch.trunks.get_mut(leg.trunk) {
                        trunk.digit(how);
                    }
                }
            }
            media::Event::Latched { source, .. } => tracing::debug!(parent: &call.span, %source, "latched"),
            media::Event::Timeout { .. } => {
                call.noted("no voice came".into(), now);
                self.step(key, Said::Silent(side), None, now);
            }
            media::Event::Closed { .. } => {}
        }
    }

    fn voice_closed(
        &mut self,
        endpoint: media::EndpointId,
        statistics: Box<media::Statistics>,
        now: Instant,
    ) {
        let Some((key, side)) = self.switch.voice.closed(endpoint) else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        if let Some(leg) = call.leg_mut(side)
            && leg.endpoint_id() == Some(endpoint)
        {
            leg.endpoint = None;
            leg.statistics = Some(statistics);
        }
        self.settle(key, now);
    }
}
