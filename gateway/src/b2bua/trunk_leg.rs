//! The leg on a trunk's channel: its signals are the trunk's own.

use std::time::Instant;

use call::{Cause, Progress, Setup, Signal};
use dialplans::Attempt;
use trunks::ChannelId;

use super::call::Call;
use super::key::CallKey;
use super::leg::{Leg, Line};
use super::progress::Side;
use super::switch::{NotStarted, Switch};
use crate::records::Refusal;

impl Switch {
    /// Seizes a channel and sends SETUP on it.
    pub(super) fn setup(
        &mut self,
        call: &mut Call,
        place: usize,
        attempt: &Attempt,
        now: Instant,
    ) -> Result<(), NotStarted> {
        let Some(trunk) = self.trunks.get_mut(place) else { return Err(Cause::NETWORK_OUT_OF_ORDER.into()) };
        let Some(line) = trunk.line_mut() else { return Err(Cause::NETWORK_OUT_OF_ORDER.into()) };
        let received = call.setup.as_deref().cloned().unwrap_or_else(|| Setup::voice(attempt.called, None));
        let setup = Setup { called: attempt.called, calling: attempt.calling, ..received };
        let told = format!("SETUP {}", setup.called);
        let channel = match line.setup(setup, now) {
            Ok(channel) => channel,
            Err(refusal) => {
                trunk.rejected.count(refused(refusal.reason));
                return Err(refusal.cause.into());
            }
        };
        let bearer = line.bearer(channel);
        let beside = call.endpoint(Side::Caller);
        let mut leg = Leg::new(place, Line::Channel(channel));
        leg.endpoint =
            bearer.and_then(|bearer| self.voice.open_bearer(call.key, Side::Callee, beside, bearer));
        if leg.endpoint.is_none() {
            self.release_channel(place, channel, Cause::RESOURCE_UNAVAILABLE, now);
            return Err(Cause::RESOURCE_UNAVAILABLE.into());
        }
        self.channels.insert((place, channel), (call.key, Side::Callee));
        call.draft.seized(channel.to_string());
        call.said(Side::Callee, told, now);
        call.callee = Some(leg);
        Ok(())
    }

    /// Says a signal on a channel.
    pub(super) fn say_channel(
        &mut self,
        call: &mut Call,
        side: Side,
        channel: ChannelId,
        signal: Signal,
        now: Instant,
    ) {
        // The tone made here goes with it: the far end is to listen.
        let signal = if call.toned && signal == Signal::Alerting(Progress::NONE) {
            Signal::Alerting(Progress::IN_BAND)
        } else {
            signal
        };
        let Some(place) = call.leg(side).map(|leg| leg.trunk) else { return };
        call.said(side, signal.to_string(), now);
        if let Some(line) = self.trunks.get_mut(place).and_then(super::trunk::Trunk::line_mut) {
            line.handle_signal(channel, signal, now);
        }
    }

    /// Releases a channel that no call has.
    pub(super) fn release_channel(&mut self, place: usize, channel: ChannelId, cause: Cause, now: Instant) {
        if let Some(line) = self.trunks.get_mut(place).and_then(super::trunk::Trunk::line_mut) {
            line.handle_signal(channel, Signal::Release(cause), now);
        }
    }

    /// The far end moved our call to another channel: its bearer is new too.
    pub(super) fn moved(&mut self, place: usize, from: ChannelId, to: ChannelId) -> Option<(CallKey, Side)> {
        let owner = self.channels.remove(&(place, from))?;
        self.channels.insert((place, to), owner);
        Some(owner)
    }

    /// Gives a leg that was moved its new channel and voice.
    pub(super) fn follow(&mut self, call: &mut Call, side: Side, to: ChannelId, now: Instant) {
        let Some(place) = call.leg(side).map(|leg| leg.trunk) else { return };
        let beside = call.endpoint(side.other());
        let bearer = self
            .trunks
            .get_mut(place)
            .and_then(super::trunk::Trunk::line_mut)
            .and_then(|line| line.bearer(to));
        let endpoint = bearer.and_then(|bearer| self.voice.open_bearer(call.key, side, beside, bearer));
        if let Some(leg) = call.leg_mut(side) {
            leg.line = Line::Channel(to);
            let old = std::mem::replace(&mut leg.endpoint, endpoint);
            if let Some(old) = old {
                self.voice.close(&old);
            }
        }
        call.draft.seized(to.to_string());
        call.noted(format!("moved to channel {to}"), now);
    }
}

/// Why a trunk refused, in the words of records and metrics.
pub(super) const fn refused(reason: trunks::RefusalReason) -> Refusal {
    match reason {
        trunks::RefusalReason::Rate => Refusal::Cps,
        trunks::RefusalReason::Capacity
        | trunks::RefusalReason::AllBusy
        | trunks::RefusalReason::Blocked
        | trunks::RefusalReason::Alarm => Refusal::Capacity,
    }
}
