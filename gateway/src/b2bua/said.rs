//! What the trunks tell: signals of the legs on their channels, and calls that come in on them.

use std::time::Instant;

use call::{Cause, Signal};
use trunks::{ChannelId, Output};

use super::gateway::Gateway;
use super::progress::Input;
use super::trunk_leg::refused;

impl Gateway {
    pub(super) fn trunk_said(&mut self, place: usize, output: Output, now: Instant) {
        match output {
            Output::Signal { channel, signal: Signal::Setup(setup) } => {
                self.incoming_setup(place, channel, setup, now);
            }
            Output::Signal { channel, signal } => self.channel_said(place, channel, signal, now),
            Output::Moved { from, to } => {
                if let Some((key, side)) = self.switch.moved(place, from, to)
                    && let Some(call) = self.calls.get_mut(&key)
                {
                    self.switch.follow(call, side, to, now);
                }
            }
            Output::Refused { channel, setup, refusal } => {
                self.refused_by_trunk(place, channel, &setup, refused(refusal.reason), refusal.cause, now);
            }
            Output::Standing { channel, administrative } => {
                tracing::info!(trunk = self.trunk_name(place), %channel, ?administrative, "channel");
            }
            Output::Alarm { span, alarm } => {
                tracing::warn!(trunk = self.trunk_name(place), span, ?alarm, "span alarm");
            }
        }
    }

    fn channel_said(&mut self, place: usize, channel: ChannelId, signal: Signal, now: Instant) {
        let Some((key, side)) = self.switch.channels.get(&(place, channel)).copied() else {
            // A channel nobody here knows: let it go, so that it cannot stay seized.
            if !matches!(signal, Signal::Release(_)) {
                self.switch.release_channel(place, channel, Cause::INVALID_CALL_REFERENCE, now);
            }
            return;
        };
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.heard(side, signal.to_string(), now);
        if matches!(signal, Signal::Release(_)) {
            self.switch.gone(call, side);
        }
        self.step(key, Input::Said(side, signal), None, now);
    }

    pub(super) fn trunk_name(&self, place: usize) -> &str {
        self.switch.trunks.get(place).map_or("", |trunk| trunk.name.as_str())
    }
}
