//! What the line says to a trunk.

use std::time::Instant;

use call::{Cause, Setup, Signal};

use super::{Output, Trunk};
use crate::channel::{Administrative, Alarm, CallState, Input};
use crate::group::{Priority, Refusal, RefusalReason};
use crate::{ChannelId, FromLine, Signalling};

impl<L: Signalling> Trunk<L> {
    /// Takes in everything the line has to say.
    pub(super) fn pump(&mut self, now: Instant) {
        while let Some(said) = self.line.poll_output() {
            self.hear(said, now);
        }
    }

    fn hear(&mut self, said: FromLine, now: Instant) {
        match said {
            FromLine::Signal(id, Signal::Setup(setup)) => self.hear_setup(id, setup, now),
            FromLine::Signal(id, signal) => self.drive_by_id(id, Input::Line(signal), now),
            FromLine::Moved { from, to } => self.hear_moved(from, to, now),
            FromLine::Restart(id) => self.drive_by_id(id, Input::FarRestart, now),
            FromLine::Restarted(id) => self.drive_by_id(id, Input::RestartDone, now),
            FromLine::Blocked(id) => self.set_remote_block(id, true),
            FromLine::Unblocked(id) => self.set_remote_block(id, false),
            FromLine::AlarmRaised(span, alarm) => self.hear_alarm(span, Some(alarm), now),
            FromLine::AlarmCleared(span) => self.hear_alarm(span, None, now),
        }
    }

    fn drive_by_id(&mut self, id: ChannelId, input: Input, now: Instant) {
        match self.index(id) {
            Some(index) => self.drive(index, input, now),
            None => self.counters.unexpected += 1,
        }
    }

    /// A call of the far end. It obeys the limits unless it meets a call of ours, which obeyed them already.
    fn hear_setup(&mut self, id: ChannelId, setup: Box<Setup>, now: Instant) {
        let Some(index) = self.index(id) else {
            self.counters.unexpected += 1;
            return;
        };
        let fresh = matches!(self.state(index), CallState::Idle | CallState::Guard | CallState::Reserved);
        if fresh && let Err(refusal) = self.admit_from_line(index, now) {
            self.counters.refused.count(refusal.reason);
            self.outputs.push_back(Output::Refused { channel: id, setup, refusal });
            self.drive(index, Input::Refuse(refusal.cause), now);
            return;
        }
        self.drive(index, Input::Line(Signal::Setup(setup)), now);
    }

    fn admit_from_line(&mut self, index: usize, now: Instant) -> Result<(), Refusal> {
        let Some(channel) = self.channels.get_mut(index) else { return Ok(()) };
        let unavailable = |reason| Err(Refusal { cause: Cause::CHANNEL_UNAVAILABLE, reason });
        match channel.standing.state() {
            Administrative::InService => {}
            // A call on a channel it has blocked unblocks it (Q.764 §2.8.2.3).
            Administrative::RemoteBlocked => {
                let id = channel.id;
                self.set_remote_block(id, false);
            }
            Administrative::LocalBlocked | Administrative::Maintenance => {
                return unavailable(RefusalReason::Blocked);
            }
            Administrative::OutOfService(_) => return unavailable(RefusalReason::Alarm),
        }
        self.group.admit(self.calls(), Priority::Normal, now)
    }

    /// The far end may choose the channel while it has said nothing else about the call. A choice that cannot
    /// be is refused with cause 6, channel unacceptable.
    fn hear_moved(&mut self, from: ChannelId, to: ChannelId, now: Instant) {
        let (Some(source), Some(target)) = (self.index(from), self.index(to)) else {
            self.counters.unexpected += 1;
            return self.refuse_move(from, now);
        };
        let waiting = matches!(
            self.state(source),
            CallState::Seizing | CallState::OverlapSending | CallState::Proceeding
        );
        let usable = matches!(self.state(target), CallState::Idle | CallState::Guard)
            && self.channels.get(target).is_some_and(|channel| channel.standing.alarm.is_none());
        if !waiting || !usable {
            return self.refuse_move(from, now);
        }
        let Some(call) = self.channels.get_mut(source).map(|channel| channel.vacate(now)) else { return };
        if let Some(channel) = self.channels.get_mut(target) {
            channel.call = call;
            channel.since = now;
        }
        self.counters.moved += 1;
        self.outputs.push_back(Output::Moved { from, to });
    }

    fn refuse_move(&mut self, from: ChannelId, now: Instant) {
        if let Some(cause) = Cause::new(6, call::Location::PrivateLocal) {
            self.drive_by_id(from, Input::Clear(cause), now);
        }
    }

    /// An alarm ends every call on the span (Q.931 §5.8.9, T309 without a recovery); when it clears, every
    /// channel is restarted, because nobody knows what the far end still holds.
    fn hear_alarm(&mut self, span: u16, alarm: Option<Alarm>, now: Instant) {
        self.outputs.push_back(Output::Alarm { span, alarm });
        for index in 0..self.channels.len() {
            let Some(channel) = self.channels.get_mut(index).filter(|channel| channel.id.span() == span)
            else {
                continue;
            };
            let before = core::mem::replace(&mut channel.standing.alarm, alarm);
            match (before, alarm) {
                (None, Some(_)) => self.drive(index, Input::Cut(Cause::DESTINATION_OUT_OF_ORDER), now),
                (Some(_), None) => self.drive(index, Input::Reset, now),
                (None, None) | (Some(_), Some(_)) => {}
            }
        }
    }
}
