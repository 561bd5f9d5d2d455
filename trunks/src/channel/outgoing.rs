//! A call that we began: from SETUP to CONNECT (Q.931 §5.1).

use std::time::Instant;

use call::{Cause, Setup, Signal};

use super::{Action, Call, CallState, Event, Step};
use crate::Side;

/// Causes by which the far end refuses the channel rather than the call, if it says so first of all.
const CHANNEL_REFUSED: [u8; 3] = [6, 34, 44];

impl Call {
    pub(super) fn while_idle(self, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Line(Signal::Setup(setup)) => step.present(setup),
            Event::Line(Signal::Release(_)) => self,
            Event::Line(
                Signal::SetupAck
                | Signal::Proceeding
                | Signal::Alerting(_)
                | Signal::Progress(_)
                | Signal::Connect
                | Signal::Digit(_)
                | Signal::Disconnect { .. },
            )
            | Event::Timeout => step.unexpected(self),
            Event::Gateway(signal) => self.too_late(&signal, step),
        }
    }

    pub(super) fn while_reserved(self, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Gateway(Signal::Release(_)) | Event::Timeout => Self::Idle,
            Event::Gateway(signal) => self.too_late(&signal, step),
            Event::Line(signal) => {
                if matches!(signal, Signal::Setup(_)) {
                    step.actions.push(Action::ReservationLost);
                }
                self.while_idle(Event::Line(signal), step)
            }
        }
    }

    /// `sent` SETUPs went out here, and `tried` channels before refused the call.
    pub(super) fn while_seizing(
        until: Instant,
        (sent, tried): (u8, u8),
        setup: Box<Setup>,
        event: Event,
        step: &mut Step<'_>,
    ) -> Self {
        match event {
            Event::Line(Signal::Setup(theirs)) => match step.side {
                Side::User => {
                    step.counters.glares_lost += 1;
                    step.actions.push(Action::Elsewhere(setup, tried, Cause::CHANNEL_UNAVAILABLE));
                    step.present(theirs)
                }
                Side::Network => {
                    step.counters.glares_won += 1;
                    Self::Seizing { until, sent, tried, setup }
                }
            },
            Event::Line(Signal::SetupAck) => {
                step.gateway(Signal::SetupAck);
                Self::OverlapSending { until: step.now + step.timers.t304 }
            }
            Event::Line(Signal::Release(cause)) if CHANNEL_REFUSED.contains(&cause.value()) => {
                step.line(Signal::Release(cause));
                step.actions.push(Action::Elsewhere(setup, tried, cause));
                step.guard()
            }
            Event::Timeout if sent == 1 => {
                step.line(Signal::Setup(setup.clone()));
                Self::Seizing { until: step.now + step.timers.t303, sent: 2, tried, setup }
            }
            Event::Line(signal) => Self::Seizing { until, sent, tried, setup }.line_answers(signal, step),
            Event::Gateway(signal) => Self::Seizing { until, sent, tried, setup }.gateway_waits(signal, step),
            Event::Timeout => step.expire(Cause::TIMER_EXPIRY),
        }
    }

    pub(super) fn while_overlap_sending(self, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Gateway(Signal::Digit(digit)) => {
                step.line(Signal::Digit(digit));
                Self::OverlapSending { until: step.now + step.timers.t304 }
            }
            Event::Gateway(signal) => self.gateway_waits(signal, step),
            Event::Line(signal) => self.line_answers(signal, step),
            Event::Timeout => step.expire(Cause::TIMER_EXPIRY),
        }
    }

    pub(super) fn while_proceeding(self, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Gateway(signal) => self.gateway_waits(signal, step),
            Event::Line(signal) => self.line_answers(signal, step),
            Event::Timeout => step.expire(Cause::TIMER_EXPIRY),
        }
    }

    pub(super) fn while_delivered(self, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Gateway(signal) => self.gateway_waits(signal, step),
            Event::Line(signal) => self.line_answers(signal, step),
            Event::Timeout => step.expire(Cause::NO_ANSWER),
        }
    }

    /// Each answer of the line leads onwards from any state before CONNECT.
    fn line_answers(self, signal: Signal, step: &mut Step<'_>) -> Self {
        match signal {
            Signal::Proceeding => {
                step.gateway(signal);
                if self.state() == CallState::Delivered {
                    return self;
                }
                Self::Proceeding { until: step.now + step.timers.t310 }
            }
            Signal::Alerting(_) | Signal::Progress(_) => {
                step.gateway(signal);
                self.delivered(step)
            }
            Signal::Connect => {
                step.counters.answered_out += 1;
                step.gateway(signal);
                step.active()
            }
            Signal::Disconnect { cause, progress } => step.disconnected(cause, progress),
            Signal::Release(cause) => step.released(cause),
            Signal::Setup(_) | Signal::SetupAck | Signal::Digit(_) => step.unexpected(self),
        }
    }

    /// What the gateway may say while it waits for an answer.
    fn gateway_waits(self, signal: Signal, step: &mut Step<'_>) -> Self {
        match signal {
            Signal::Digit(_) => {
                step.line(signal);
                self
            }
            Signal::Disconnect { cause, progress } => step.disconnect(cause, progress),
            Signal::Release(cause) => step.release(cause),
            Signal::Setup(_)
            | Signal::SetupAck
            | Signal::Proceeding
            | Signal::Alerting(_)
            | Signal::Progress(_)
            | Signal::Connect => step.unexpected(self),
        }
    }

    /// T301 runs from the first ringing or announcement; later ones do not prolong it.
    fn delivered(self, step: &Step<'_>) -> Self {
        if let Self::Delivered { until } = self {
            return Self::Delivered { until };
        }
        Self::Delivered { until: step.now + step.timers.t301 }
    }
}
