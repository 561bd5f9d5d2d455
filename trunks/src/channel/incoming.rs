//! A call that the line began: from SETUP to CONNECT (Q.931 §5.2), and the call itself.

use call::{Cause, Signal};

use super::{Call, Event, Step};

impl Call {
    /// A deadline here is the gateway's own fault: nobody dealt with the call.
    pub(super) fn while_present(self, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Gateway(Signal::SetupAck) => {
                step.line(Signal::SetupAck);
                Self::OverlapReceiving { until: step.now + step.timers.t304 }
            }
            Event::Gateway(signal) => self.gateway_answers(signal, step),
            Event::Line(signal) => self.line_waits(signal, step),
            Event::Timeout => step.expire(Cause::TEMPORARY_FAILURE),
        }
    }

    pub(super) fn while_overlap_receiving(self, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Line(Signal::Digit(digit)) => {
                step.gateway(Signal::Digit(digit));
                Self::OverlapReceiving { until: step.now + step.timers.t304 }
            }
            Event::Gateway(signal) => self.gateway_answers(signal, step),
            Event::Line(signal) => self.line_waits(signal, step),
            Event::Timeout => step.expire(Cause::INVALID_NUMBER),
        }
    }

    pub(super) fn while_incoming_proceeding(self, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Gateway(signal) => self.gateway_answers(signal, step),
            Event::Line(signal) => self.line_waits(signal, step),
            Event::Timeout => step.expire(Cause::TIMER_EXPIRY),
        }
    }

    /// T301 runs from the first ringing; what is said later does not prolong it.
    pub(super) fn while_received(self, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Gateway(signal @ (Signal::Alerting(_) | Signal::Progress(_))) => {
                step.line(signal);
                self
            }
            Event::Gateway(Signal::Proceeding) => self,
            Event::Gateway(signal) => self.gateway_answers(signal, step),
            Event::Line(signal) => self.line_waits(signal, step),
            Event::Timeout => step.expire(Cause::NO_ANSWER),
        }
    }

    /// Each answer of the gateway leads onwards from any state before CONNECT.
    fn gateway_answers(self, signal: Signal, step: &mut Step<'_>) -> Self {
        match signal {
            Signal::Proceeding => {
                step.line(signal);
                Self::IncomingProceeding { until: step.now + step.timers.t310 }
            }
            Signal::Alerting(_) | Signal::Progress(_) => {
                step.line(signal);
                Self::Received { until: step.now + step.timers.t301 }
            }
            Signal::Connect => {
                step.counters.answered_in += 1;
                step.line(signal);
                step.active()
            }
            Signal::Disconnect { cause, progress } => step.disconnect(cause, progress),
            Signal::Release(cause) => step.release(cause),
            Signal::Setup(_) | Signal::SetupAck | Signal::Digit(_) => step.unexpected(self),
        }
    }

    /// What the line may say while it waits for an answer. A SETUP again is one sent again.
    fn line_waits(self, signal: Signal, step: &mut Step<'_>) -> Self {
        match signal {
            Signal::Setup(_) => self,
            Signal::Digit(_) => {
                step.gateway(signal);
                self
            }
            Signal::Disconnect { cause, progress } => step.disconnected(cause, progress),
            Signal::Release(cause) => step.released(cause),
            Signal::SetupAck
            | Signal::Proceeding
            | Signal::Alerting(_)
            | Signal::Progress(_)
            | Signal::Connect => step.unexpected(self),
        }
    }

    /// The lease on a call that nobody ever ends is long, but it ends.
    pub(super) fn while_active(self, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Gateway(signal @ (Signal::Digit(_) | Signal::Progress(_))) => {
                step.line(signal);
                self
            }
            Event::Line(signal @ (Signal::Digit(_) | Signal::Progress(_))) => {
                step.gateway(signal);
                self
            }
            Event::Gateway(Signal::Disconnect { cause, progress }) => step.disconnect(cause, progress),
            Event::Line(Signal::Disconnect { cause, progress }) => step.disconnected(cause, progress),
            Event::Gateway(Signal::Release(cause)) => step.release(cause),
            Event::Line(Signal::Release(cause)) => step.released(cause),
            Event::Timeout => step.expire(Cause::TIMER_EXPIRY),
            Event::Gateway(
                Signal::Setup(_)
                | Signal::SetupAck
                | Signal::Proceeding
                | Signal::Alerting(_)
                | Signal::Connect,
            )
            | Event::Line(
                Signal::Setup(_)
                | Signal::SetupAck
                | Signal::Proceeding
                | Signal::Alerting(_)
                | Signal::Connect,
            ) => step.unexpected(self),
        }
    }
}
