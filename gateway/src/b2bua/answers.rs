//! What the gateway answers to whoever may ask: operators, dashboards, the command line.

use std::time::Instant;

use call::{Cause, Number};
use dialplans::Query;
use trunks::{Administrative, BlockHow as How, CallState as OnChannel, ChannelId};

use super::call::Call;
use super::gateway::Gateway;
use super::key::CallKey;
use super::progress::{Input, State};
use super::record;
use super::trunk::{Kind, Trunk};
use crate::control::{
    Answer, BlockHow, CALLS_LISTED_MAX, CallState, CallView, ChannelState, ChannelView, Explanation,
    Question, RefusedBecause, TrunkView,
};
use crate::records::{CallId, Why};

impl Gateway {
    /// Answers at once; nothing waits for a network here.
    pub fn answer(&mut self, question: &Question, now: Instant) -> Answer {
        let answer = match question {
            Question::Calls => self.list_calls(),
            Question::Call { id } => self.show_call(*id),
            Question::Hangup { id } => self.hang_up(*id, now),
            Question::Ladder { id } => self.show_ladder(*id),
            Question::Trunks => {
                Answer::Trunks { trunks: self.switch.trunks.iter().map(trunk_view).collect() }
            }
            Question::Trunk { name } => self.show_trunk(name),
            Question::Block { trunk, channels, how } => {
                let how = match how {
                    BlockHow::WhenIdle => How::Graceful,
                    BlockHow::Now => How::AtOnce,
                };
                self.on_channels(trunk, channels.as_deref(), "blocked", |line, ids| line.block(ids, how, now))
            }
            Question::Unblock { trunk, channels } => {
                self.on_channels(trunk, channels.as_deref(), "unblocked", |line, ids| line.unblock(ids, now))
            }
            Question::Reset { trunk, channels } => {
                self.on_channels(trunk, channels.as_deref(), "reset", |line, ids| line.reset(ids, now))
            }
            Question::Explain { from, number, calling } => self.explain(from, number, calling.as_deref()),
            Question::Metrics => Answer::Metrics(Box::new(self.counters())),
            Question::Drain => {
                self.drain();
                Answer::Draining { calls: self.calls.len() }
            }
            Question::PlaceCall(place) => self.place_call(place, now),
        };
        self.settle_events(now);
        answer
    }

    fn list_calls(&self) -> Answer {
        let calls = self.calls.values().take(CALLS_LISTED_MAX).map(|call| self.view(call)).collect();
        Answer::Calls { total: self.calls.len(), calls }
    }

    fn find(&self, id: CallId) -> Option<(CallKey, &Call)> {
        self.calls.iter().find(|(_, call)| call.id == id).map(|(key, call)| (*key, &**call))
    }

    fn show_call(&self, id: CallId) -> Answer {
        if let Some((_, call)) = self.find(id) {
            return Answer::Call { call: Box::new(self.view(call)), ladder: call.ladder.clone() };
        }
        match self.ended.iter().rev().find(|ended| ended.record.id == id) {
            Some(ended) => Answer::Call { call: Box::new(ended.view()), ladder: ended.ladder.clone() },
            None => no_call(id),
        }
    }

    fn show_ladder(&self, id: CallId) -> Answer {
        let live = self.find(id).map(|(_, call)| &call.ladder);
        let ended = || self.ended.iter().rev().find(|ended| ended.record.id == id).map(|ended| &ended.ladder);
        match live.or_else(ended) {
            Some(ladder) => Answer::Ladder { id, ladder: ladder.clone() },
            None => no_call(id),
        }
    }

    fn hang_up(&mut self, id: CallId, now: Instant) -> Answer {
        let Some((key, _)) = self.find(id) else { return no_call(id) };
        if let Some(call) = self.calls.get_mut(&key) {
            call.draft.why.get_or_insert(Why::Operator);
        }
        self.step(key, Input::HangUp(Cause::NORMAL_CLEARING), None, now);
        Answer::Done { what: format!("call {id} hung up") }
    }

    fn view(&self, call: &Call) -> CallView {
        CallView {
            id: call.id,
            state: match call.state {
                State::Trying { .. } => CallState::Trying,
                State::Ringing { .. } | State::Tones { .. } => CallState::Ringing,
                State::Talking { .. } => CallState::Answered,
                State::Over { .. } => CallState::Releasing,
            },
            setup_at: self.wall.at(call.began),
            answered_at: call.draft.answered.map(|at| self.wall.at(at)),
            calling: call.draft.calling.as_ref().map(|party| party.received.clone()),
            called: call.draft.called.received.clone(),
            rule: call.draft.rule.clone(),
            caller: record::side(&call.caller, &self.switch.trunks),
            callee: call.callee.as_ref().map(|leg| record::side(leg, &self.switch.trunks)),
            record: None,
        }
    }

    fn show_trunk(&self, name: &str) -> Answer {
        let place = self.switch.trunks.iter().position(|trunk| trunk.name == name);
        let Some((place, trunk)) = place.and_then(|place| Some((place, self.switch.trunks.get(place)?)))
        else {
            return self.no_trunk(name);
        };
        let mut view = trunk_view(trunk);
        if let Some(line) = trunk.line() {
            view.channels = line
                .trunk
                .channels()
                .map(|channel| ChannelView {
                    name: channel.id.to_string(),
                    state: channel_state(&channel),
                    call: self
                        .switch
                        .channels
                        .get(&(place, channel.id))
                        .and_then(|(key, _)| self.calls.get(key))
                        .map(|call| call.id),
                })
                .collect();
        }
        Answer::Trunk { trunk: Box::new(view) }
    }

    fn on_channels(
        &mut self,
        name: &str,
        channels: Option<&str>,
        done: &str,
        act: impl FnOnce(&mut trunks::Trunk, &[ChannelId]) -> usize,
    ) -> Answer {
        let Some(trunk) = self.switch.trunks.iter_mut().find(|trunk| trunk.name == name) else {
            return self.no_trunk(name);
        };
        let Some(line) = trunk.line_mut() else {
            return Answer::refused(RefusedBecause::Invalid, format!("trunk {name} has no channels"));
        };
        let known: Vec<ChannelId> = line.channels().map(|channel| channel.id).collect();
        let chosen = match channels {
            None => known,
            Some(text) => match chosen(text, &known) {
                Some(chosen) => chosen,
                None => {
                    let what =
                        format!("{text:?} names no channels of trunk {name}; write 1-15, 2.17 or both");
                    return Answer::refused(RefusedBecause::Invalid, what);
                }
            },
        };
        let many = act(line, &chosen);
        Answer::Done { what: format!("{many} channels of {name} {done}") }
    }

    fn explain(&self, from: &str, number: &str, calling: Option<&str>) -> Answer {
        let dialled = match Number::parse(number) {
            Ok(dialled) => dialled,
            Err(why) => return Answer::refused(RefusedBecause::Invalid, format!("{number:?}: {why}")),
        };
        if !self.switch.trunks.iter().any(|trunk| trunk.name == from) {
            return self.no_trunk(from);
        }
        let calling = calling.and_then(|text| Number::parse(text).ok());
        let explanation = self.plan.explain(&Query { from, dialled, calling, draw: 0 });
        Answer::Explained(Box::new(Explanation {
            routed: explanation.refused.is_none(),
            text: explanation.to_string(),
            data: serde_json::to_value(&explanation).unwrap_or_default(),
        }))
    }

    pub(super) fn no_trunk(&self, name: &str) -> Answer {
        let known: Vec<&str> = self.switch.trunks.iter().map(|trunk| trunk.name.as_str()).collect();
        Answer::refused(
            RefusedBecause::NotFound,
            format!("no trunk {name:?}; there are {}", known.join(", ")),
        )
    }
}

fn no_call(id: CallId) -> Answer {
    Answer::refused(RefusedBecause::NotFound, format!("no call {id}, live or just ended"))
}

fn trunk_view(trunk: &Trunk) -> TrunkView {
    let (kind, peer) = match &trunk.kind {
        Kind::Sip { settings, .. } => ("sip".to_owned(), settings.peer.to_string()),
        Kind::Line(line) => (line.kind.clone(), line.peer.clone()),
    };
    TrunkView {
        name: trunk.name.clone(),
        kind,
        up: trunk.is_up(),
        peer,
        calls_in: trunk.active_in,
        calls_out: trunk.active_out,
        calls_limit: trunk.calls_limit(),
        channels: Vec::new(),
    }
}

/// The channels a list such as `1-15,2.17` names, if each of them is known.
fn chosen(text: &str, known: &[ChannelId]) -> Option<Vec<ChannelId>> {
    let mut chosen = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.trim().split_once('-').unwrap_or((part.trim(), part.trim()));
        let (first, last) = (ChannelId::parse(first.trim())?, ChannelId::parse(last.trim())?);
        let before = chosen.len();
        chosen.extend(known.iter().copied().filter(|id| (first..=last).contains(id)));
        if chosen.len() == before {
            return None;
        }
    }
    Some(chosen)
}

/// Both axes of a channel's state in one word.
pub(super) fn channel_state(channel: &trunks::ChannelView) -> ChannelState {
    match (channel.administrative, channel.call) {
        (Administrative::OutOfService(_) | Administrative::Maintenance, _) => ChannelState::OutOfService,
        (_, OnChannel::RestartPending) => ChannelState::Resetting,
        (
            _,
            OnChannel::Reserved
            | OnChannel::Seizing
            | OnChannel::Proceeding
            | OnChannel::OverlapSending
            | OnChannel::Delivered
            | OnChannel::Present
            | OnChannel::OverlapReceiving
            | OnChannel::IncomingProceeding
            | OnChannel::Received
            | OnChannel::Active
            | OnChannel::DisconnectRequested
            | OnChannel::DisconnectIndicated
            | OnChannel::Releasing
            | OnChannel::Guard,
        ) => ChannelState::InUse,
        (Administrative::LocalBlocked, OnChannel::Idle) => ChannelState::Blocked,
        (Administrative::RemoteBlocked, OnChannel::Idle) => ChannelState::BlockedRemotely,
        (Administrative::InService, OnChannel::Idle) => ChannelState::Idle,
    }
}
