//! What all calls share: the SIP stack, the trunks, the voice, and whose session or channel is whose.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use call::{Cause, Signal};
use dialplans::Attempt;
use media::Command;
use media::codec::Codec;
use media::tone::{Country, Kind as ToneKind, Tone};
use rand_chacha::ChaCha12Rng;
use rand_core::Rng;
use trunks::ChannelId;

use super::call::Call;
use super::key::CallKey;
use super::leg::{Leg, Line};
use super::progress::{Action, Side};
use super::trunk::{Kind, Trunk};
use super::voice::Voice;

pub(super) struct Switch {
    pub(super) stack: sip::Stack,
    pub(super) trunks: Vec<Trunk>,
    pub(super) voice: Voice,
    pub(super) sessions: HashMap<sip::stack::SessionId, (CallKey, Side)>,
    pub(super) channels: BTreeMap<(usize, ChannelId), (CallKey, Side)>,
    pub(super) chance: ChaCha12Rng,
}

/// Why an attempt could not even start.
pub(super) struct NotStarted {
    pub(super) cause: Cause,
    pub(super) sip_status: Option<u16>,
}

impl From<Cause> for NotStarted {
    fn from(cause: Cause) -> Self {
        Self { cause, sip_status: None }
    }
}

impl Switch {
    pub(super) fn random(&mut self) -> u64 {
        self.chance.next_u64()
    }

    /// Does what a call's state machine asked, `TryNext` apart.
    pub(super) fn act(&mut self, call: &mut Call, action: Action, now: Instant) {
        match action {
            Action::Say(side, signal) => self.say(call, side, signal, now),
            Action::CutThrough => self.cut_through(call),
            Action::Join => self.join(call),
            Action::Ringback => self.ringback(call),
            Action::FailureTone(cause) => self.failure_tone(call, cause),
            Action::Digit(side, digit) => {
                if let Some(endpoint) = call.endpoint(side) {
                    self.voice.command(Command::Digit { endpoint, digit, milliseconds: 100 });
                }
            }
            Action::TryNext => {}
        }
    }

    /// Says a signal to one side in the language of its line. A side that is gone hears nothing.
    pub(super) fn say(&mut self, call: &mut Call, side: Side, signal: Signal, now: Instant) {
        let Some(leg) = call.leg(side).filter(|leg| leg.live) else { return };
        let over = matches!(signal, Signal::Release(_));
        match leg.line {
            Line::Sip(_) => self.say_sip(call, side, &signal, now),
            Line::Channel(channel) => self.say_channel(call, side, channel, signal, now),
            Line::Desk(_) => call.said(side, signal.to_string(), now),
        }
        if over {
            self.gone(call, side);
        }
    }

    /// A side is released, by whomever: nothing is heard from it or said to it any more.
    pub(super) fn gone(&mut self, call: &mut Call, side: Side) {
        let Some(leg) = call.leg_mut(side).filter(|leg| leg.live) else { return };
        leg.live = false;
        match &leg.line {
            Line::Sip(sip) => {
                self.sessions.remove(&sip.session);
            }
            Line::Channel(channel) => {
                self.channels.remove(&(leg.trunk, *channel));
            }
            Line::Desk(_) => {}
        }
        if let Some(trunk) = self.trunks.get_mut(leg.trunk) {
            trunk.leave(side);
        }
    }

    /// Starts an attempt on the trunk the plan chose.
    pub(super) fn attempt(
        &mut self,
        call: &mut Call,
        attempt: &Attempt,
        now: Instant,
    ) -> Result<(), NotStarted> {
        let place = self.trunks.iter().position(|trunk| *trunk.name == *attempt.trunk);
        let Some((place, trunk)) = place.and_then(|place| Some((place, self.trunks.get_mut(place)?))) else {
            return Err(Cause::NETWORK_OUT_OF_ORDER.into());
        };
        call.draft.attempt(&trunk.name, &attempt.called, now);
        trunk.enter(Side::Callee, now).map_err(|_| Cause::NO_CIRCUIT)?;
        let started = match &trunk.kind {
            Kind::Sip { .. } => self.invite(call, place, attempt, now),
            Kind::Line(_) => self.setup(call, place, attempt, now),
        };
        if started.is_err()
            && let Some(trunk) = self.trunks.get_mut(place)
        {
            trunk.leave(Side::Callee);
        }
        started
    }

    /// Lets go of the callee's leg after a failed attempt, voice and all.
    pub(super) fn drop_callee(&mut self, call: &mut Call) {
        self.gone(call, Side::Callee);
        if let Some(leg) = call.callee.take() {
            leg.close_voice(&mut self.voice);
        }
    }

    /// Closes the voice of both sides.
    pub(super) fn close_voice(&mut self, call: &Call) {
        call.caller.close_voice(&mut self.voice);
        if let Some(callee) = &call.callee {
            callee.close_voice(&mut self.voice);
        }
    }

    fn cut_through(&mut self, call: &mut Call) {
        self.open_desk(call);
        self.ready_to_hear(call);
        if let (Some(from), Some(to)) = (call.endpoint(Side::Callee), call.endpoint(Side::Caller)) {
            self.voice.command(Command::StopTone { endpoint: to });
            self.voice.command(Command::CutThrough { from, to });
        }
    }

    fn join(&mut self, call: &mut Call) {
        self.open_desk(call);
        if let (Some(a), Some(b)) = (call.endpoint(Side::Caller), call.endpoint(Side::Callee)) {
            if call.toned {
                self.voice.command(Command::StopTone { endpoint: a });
                call.toned = false;
            }
            self.voice.command(Command::Bridge { a, b });
        }
    }

    /// Ringing tone for a caller whose own side makes none: a line, or a SIP trunk that is configured so.
    fn ringback(&mut self, call: &mut Call) {
        let wanted = match call.caller.line {
            Line::Channel(_) => true,
            Line::Desk(_) => false,
            Line::Sip(_) => self.sip_trunk(&call.caller).is_some_and(|trunk| trunk.ringback),
        };
        if wanted && !call.heard_in_band {
            self.ready_to_hear(call);
            self.tone(call, ToneKind::Ringback);
        }
    }

    fn failure_tone(&mut self, call: &mut Call, cause: Cause) {
        let kind =
            if cause.value() == Cause::USER_BUSY.value() { ToneKind::Busy } else { ToneKind::Congestion };
        self.tone(call, kind);
    }

    fn tone(&mut self, call: &mut Call, kind: ToneKind) {
        let country = self.trunks.get(call.caller.trunk).map_or(Country::Us, |trunk| trunk.country);
        if let Some(endpoint) = call.endpoint(Side::Caller) {
            call.toned = true;
            self.voice.command(Command::Tone { endpoint, tone: Tone::of(country, kind) });
        }
    }

    /// The codec a leg speaks or will speak, which the other side had best speak too.
    pub(super) fn codec_of(&self, leg: &Leg) -> Option<Codec> {
        match &leg.line {
            Line::Sip(sip) => sip.negotiated.map(|negotiated| negotiated.codec),
            Line::Desk(_) => Some(Codec::Pcma),
            Line::Channel(_) => self.trunks.get(leg.trunk).and_then(Trunk::line).map(|line| line.codec),
        }
    }
}
