//! The gateway as one value: inputs and the time go in, outputs come out, nothing else happens.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use call::{Cause, Signal};
use dialplans::DialPlan;
use media::Command;
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use trunks::TokenBucket;

use super::call::{Call, Prospects};
use super::ended::{self, Ended};
use super::key::CallKey;
use super::leg::Line;
use super::progress::{Action, EndedBy, Input as Said, Side, State};
use super::record;
use super::settings::Settings;
use super::strangers::Strangers;
use super::switch::{NotStarted, Switch};
use super::trunk::Trunk;
use super::voice::Voice;
use crate::control::{Ladder, Rejections};
use crate::records::{CallRecord, WallClock, Why};

/// What the gateway is told.
#[derive(Debug)]
pub enum Input<'a> {
    /// Something happened on a SIP socket.
    Sip(sip::stack::Input<'a>),
    /// Something happened on a media thread.
    Media(media::Event),
    /// Time has passed; see [`Gateway::poll_timeout`].
    Timeout,
}

/// What the gateway wants done.
#[derive(Debug)]
pub enum Output {
    /// For the SIP sockets: never an event.
    Sip(sip::stack::Output),
    /// A call is over and this is its record.
    Record(Arc<CallRecord>),
}

/// The B2BUA: every call, and the switch they share.
pub struct Gateway {
    pub(super) node: String,
    pub(super) calls: BTreeMap<CallKey, Box<Call>>,
    pub(super) switch: Switch,
    pub(super) plan: DialPlan,
    pub(super) calls_max: usize,
    pub(super) rate: Option<TokenBucket>,
    pub(super) strangers: Option<Strangers>,
    pub(super) draining: bool,
    /// Calls refused before any trunk could be named.
    pub(super) rejected: Rejections,
    pub(super) wall: WallClock,
    pub(super) records: VecDeque<Arc<CallRecord>>,
    pub(super) ended: VecDeque<Ended>,
    deadlines: BTreeSet<(Instant, CallKey)>,
    last_key: u64,
    actions: Vec<Action>,
    outputs: VecDeque<sip::stack::Output>,
}

impl Gateway {
    /// A gateway at rest. Everything it mints follows from `seed`.
    pub fn new(settings: Settings, plan: DialPlan, seed: [u8; 32], wall: WallClock, now: Instant) -> Self {
        let mut chance = ChaCha12Rng::from_seed(seed);
        let mut stack_seed = [0; 32];
        chance.fill_bytes(&mut stack_seed);
        let strangers_key = chance.next_u64();
        let media = settings.media;
        let switch = Switch {
            stack: sip::Stack::new(settings.sip, stack_seed),
            trunks: settings.trunks.into_iter().map(|trunk| Trunk::new(trunk, now)).collect(),
            voice: Voice::new(media.address, media.ports, media.threads, media.endpoints_per_thread),
            sessions: HashMap::new(),
            channels: BTreeMap::new(),
            chance,
        };
        Self {
            node: settings.node,
            calls: BTreeMap::new(),
            switch,
            plan,
            calls_max: settings.calls_max,
            strangers: settings.stranger_requests_per_second.map(|rate| Strangers::new(rate, strangers_key)),
            rate: settings.calls_per_second.map(|rate| TokenBucket::new(rate, now)),
            draining: false,
            rejected: Rejections::default(),
            wall,
            records: VecDeque::new(),
            ended: VecDeque::new(),
            deadlines: BTreeSet::new(),
            last_key: 0,
            actions: Vec::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input; afterwards drain [`Gateway::poll_output`].
    pub fn handle_input(&mut self, input: Input<'_>, now: Instant) {
        match input {
            Input::Sip(input) => {
                if self.is_stranger_too_many(&input, now) {
                    return;
                }
                self.switch.stack.handle_input(input, now);
            }
            Input::Media(event) => self.media_event(event, now),
            Input::Timeout => self.timeout(now),
        }
        self.settle_events(now);
    }

    /// Whether a datagram comes from an address that is no trunk's and has said too much already.
    fn is_stranger_too_many(&mut self, input: &sip::stack::Input<'_>, now: Instant) -> bool {
        let sip::stack::Input::Datagram { source, .. } = input else { return false };
        let Some(strangers) = &mut self.strangers else { return false };
        let trunks = &self.switch.trunks;
        !strangers.admits(source.ip(), now, |address| trunks.iter().any(|trunk| trunk.is_source(address)))
    }

    /// The next thing to be done, if any.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(Output::Sip(output));
        }
        self.records.pop_front().map(Output::Record)
    }

    /// What the media threads are to be told, in order; to be taken whenever [`Gateway::poll_output`] is empty.
    pub fn drain_media(&mut self) -> std::vec::Drain<'_, Command> {
        self.switch.voice.drain()
    }

    /// When [`Input::Timeout`] is wanted next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let trunks = self.switch.trunks.iter().filter_map(|trunk| trunk.line()?.trunk.poll_timeout());
        trunks.chain(self.switch.stack.poll_timeout()).chain(self.deadlines.first().map(|(at, _)| *at)).min()
    }

    /// A peer has connected to a listener: its name from now on, or `None` if it is to be closed at once.
    pub fn connection_accepted(
        &mut self,
        transport: sip::transport::Transport,
        local: SocketAddr,
        remote: SocketAddr,
        now: Instant,
    ) -> Option<sip::transport::ConnectionId> {
        self.switch.stack.connection_accepted(transport, local, remote, now)
    }

    /// Takes back the buffer of a message that was sent.
    pub fn recycle(&mut self, buffer: Vec<u8>) {
        self.switch.stack.recycle(buffer);
    }

    /// Sets the wall clock that records are written by.
    pub fn set_wall_clock(&mut self, wall: WallClock) {
        self.wall = wall;
    }

    /// Routes new calls by another dial plan; live ones keep the routes they have.
    pub fn set_plan(&mut self, plan: DialPlan) {
        self.plan = plan;
    }

    /// Refuses every new call from now on; those that stand go on.
    pub fn drain(&mut self) {
        self.draining = true;
        self.switch.stack.set_draining(true);
    }

    /// True while new calls are refused.
    pub const fn is_draining(&self) -> bool {
        self.draining
    }

    /// How many calls live.
    pub fn live_calls(&self) -> usize {
        self.calls.len()
    }

    /// Ends every call.
    pub fn hang_up_all(&mut self, cause: Cause, why: Why, now: Instant) {
        let keys: Vec<CallKey> = self.calls.keys().copied().collect();
        for key in keys {
            if let Some(call) = self.calls.get_mut(&key) {
                call.draft.why.get_or_insert(why);
            }
            self.step(key, Said::HangUp(cause), None, now);
        }
        self.settle_events(now);
    }

    /// True when nothing at all is held: no call, session, channel, port or timer.
    pub fn at_rest(&self) -> bool {
        self.calls.is_empty()
            && self.switch.stack.at_rest()
            && self.switch.voice.endpoints() == 0
            && self.switch.sessions.is_empty()
            && self.switch.channels.is_empty()
            && self.deadlines.is_empty()
            && self.switch.trunks.iter().filter_map(Trunk::line).all(|line| line.trunk.at_rest())
    }

    /// Does something with the simulated far end of a trunk, and hears what comes of it.
    pub fn at_exchange<T>(
        &mut self,
        trunk: &str,
        now: Instant,
        act: impl FnOnce(&mut trunks::sim::Exchange) -> T,
    ) -> Option<T> {
        let line = self.switch.trunks.iter_mut().find(|known| *known.name == *trunk)?.line_mut()?;
        let done = act(line.line_mut());
        line.handle_timeout(now);
        self.settle_events(now);
        Some(done)
    }

    /// A key for a new call.
    pub(super) fn next_key(&mut self) -> CallKey {
        self.last_key += 1;
        CallKey(self.last_key)
    }

    /// A call that has passed every check starts on its way.
    pub(super) fn begin(&mut self, call: Box<Call>, now: Instant) {
        let key = call.key;
        self.calls.insert(key, call);
        if let Err(not_started) = self.try_next(key, now) {
            self.attempt_failed(key, &not_started, now);
        }
        self.settle(key, now);
    }

    /// Gives a call one input and does what follows from it, failed attempts included.
    pub(super) fn step(&mut self, key: CallKey, input: Said, sip_status: Option<u16>, now: Instant) {
        self.advance(key, input, sip_status, now);
        self.settle(key, now);
    }

    fn attempt_failed(&mut self, key: CallKey, not_started: &NotStarted, now: Instant) {
        let release = Said::Said(Side::Callee, Signal::Release(not_started.cause));
        self.advance(key, release, not_started.sip_status, now);
    }

    /// Bounded by the routes that are left: each round that comes back here has used one up.
    fn advance(&mut self, key: CallKey, input: Said, sip_status: Option<u16>, now: Instant) {
        let mut next = Some((input, sip_status));
        while let Some((input, sip_status)) = next.take() {
            let mut actions = std::mem::take(&mut self.actions);
            let Some(call) = self.calls.get_mut(&key) else { return };
            note(call, &input, sip_status, now);
            let prospects = Prospects {
                failure_tones: plays_failure_tones(call, &self.switch),
                routes: &call.routes,
                sip_status,
            };
            call.state = call.state.next(&input, now, &call.patience, &prospects, &mut actions);
            for action in actions.drain(..) {
                if action == Action::TryNext {
                    self.switch.drop_callee(call);
                    next = Self::next_attempt(call, &mut self.switch, now);
                } else {
                    self.switch.act(call, action, now);
                }
            }
            if next.is_none() {
                next = call.hang_up.take().map(|cause| (Said::HangUp(cause), None));
            }
            self.actions = actions;
        }
    }

    fn next_attempt(call: &mut Call, switch: &mut Switch, now: Instant) -> Option<(Said, Option<u16>)> {
        let attempt = call.routes.attempts.next()?;
        let failed = switch.attempt(call, &attempt, now).err()?;
        Some((Said::Said(Side::Callee, Signal::Release(failed.cause)), failed.sip_status))
    }

    fn try_next(&mut self, key: CallKey, now: Instant) -> Result<(), NotStarted> {
        let Some(call) = self.calls.get_mut(&key) else { return Ok(()) };
        match Self::next_attempt(call, &mut self.switch, now) {
            Some((Said::Said(_, Signal::Release(cause)), sip_status)) => {
                Err(NotStarted { cause, sip_status })
            }
            _ => Ok(()),
        }
    }

    /// After anything happened to a call: its end, its record, its next deadline.
    pub(super) fn settle(&mut self, key: CallKey, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if call.is_over() && call.closing.is_none() {
            call.draft.end(now);
            call.close(now);
            self.switch.gone(call, Side::Caller);
            self.switch.gone(call, Side::Callee);
            self.switch.close_voice(call);
        }
        let complete = call.is_complete() || call.closing.is_some_and(|until| until <= now);
        let deadline = if complete { None } else { call.deadline() };
        if deadline != call.noted {
            if let Some(old) = call.noted.take() {
                self.deadlines.remove(&(old, key));
            }
            if let Some(new) = deadline {
                self.deadlines.insert((new, key));
            }
            call.noted = deadline;
        }
        if complete && let Some(call) = self.calls.remove(&key) {
            self.write_record(call, now);
        }
    }

    fn write_record(&mut self, mut call: Box<Call>, now: Instant) {
        let record = record::record(&self.node, &mut call, &self.switch.trunks, &self.wall, now);
        let _entered = call.span.enter();
        tracing::info!(
            outcome = record.end.outcome.word(),
            cause = record.end.cause,
            by = record.end.released_by.word(),
            billable_ms = record.times.billable_ms,
            attempts = record.attempts.len(),
            "call over"
        );
        drop(_entered);
        self.keep(record, call.ladder);
    }

    /// A record goes out, and the call can still be looked at for a while.
    pub(super) fn keep(&mut self, record: CallRecord, ladder: Ladder) {
        let record = Arc::new(record);
        self.records.push_back(Arc::clone(&record));
        ended::keep(&mut self.ended, Ended { record, ladder });
    }

    fn timeout(&mut self, now: Instant) {
        self.switch.stack.handle_input(sip::stack::Input::Timeout, now);
        for trunk in &mut self.switch.trunks {
            if let Some(line) = trunk.line_mut()
                && line.poll_timeout().is_some_and(|at| at <= now)
            {
                line.handle_timeout(now);
            }
        }
        while let Some((at, key)) = self.deadlines.first().copied()
            && at <= now
        {
            self.deadlines.pop_first();
            let Some(call) = self.calls.get_mut(&key) else { continue };
            call.noted = None;
            if call.closing.is_none() {
                self.step(key, Said::Deadline, None, now);
            } else {
                self.settle(key, now);
            }
        }
    }

    /// Hears what the stack and the trunks say until they are silent.
    pub(super) fn settle_events(&mut self, now: Instant) {
        loop {
            let mut quiet = true;
            while let Some(output) = self.switch.stack.poll_output() {
                match output {
                    sip::stack::Output::Event(event) => {
                        quiet = false;
                        self.sip_event(event, now);
                    }
                    other @ (sip::stack::Output::Send(_)
                    | sip::stack::Output::Connect { .. }
                    | sip::stack::Output::Close { .. }
                    | sip::stack::Output::Trace(_)) => self.outputs.push_back(other),
                }
            }
            for place in 0..self.switch.trunks.len() {
                while let Some(output) = self
                    .switch
                    .trunks
                    .get_mut(place)
                    .and_then(Trunk::line_mut)
                    .and_then(trunks::Trunk::poll_output)
                {
                    quiet = false;
                    self.trunk_said(place, output, now);
                }
            }
            if quiet {
                return;
            }
        }
    }
}

/// Writes down what an input means for the record, before the state machine takes it.
fn note(call: &mut Call, input: &Said, sip_status: Option<u16>, now: Instant) {
    let waiting = matches!(call.state, State::Trying { .. } | State::Ringing { .. });
    match input {
        Said::Said(Side::Callee, signal) if waiting => match signal {
            Signal::Alerting(_) => call.draft.rung(now),
            Signal::Progress(progress) if progress.in_band() => call.draft.sign(now),
            Signal::Connect => call.draft.answer(now),
            Signal::Release(cause) | Signal::Disconnect { cause, .. } => {
                call.draft.attempt_failed(*cause, sip_status, now);
            }
            Signal::Progress(_)
            | Signal::Setup(_)
            | Signal::SetupAck
            | Signal::Proceeding
            | Signal::Digit(_) => {}
        },
        Said::Deadline => {
            if waiting {
                let cause = if matches!(call.state, State::Ringing { .. }) {
                    Cause::NO_ANSWER
                } else {
                    Cause::NO_USER_RESPONDING
                };
                call.draft.attempt_failed(cause, sip_status, now);
            }
            if matches!(call.state, State::Ringing { .. }) {
                call.draft.why.get_or_insert(Why::RingTimeout);
            }
        }
        Said::Silent(_) if matches!(call.state, State::Talking { .. }) => {
            call.draft.why.get_or_insert(Why::MediaTimeout);
        }
        Said::Said(..) | Said::Silent(_) | Said::HangUp(_) => {}
    }
}

fn plays_failure_tones(call: &Call, switch: &Switch) -> bool {
    match call.caller.line {
        Line::Sip(_) | Line::Desk(_) => false,
        Line::Channel(_) => {
            call.caller.live
                && switch
                    .trunks
                    .get(call.caller.trunk)
                    .and_then(Trunk::line)
                    .is_some_and(|line| line.failure_tones)
        }
    }
}

/// Who ended a call that never got a leg to end it.
pub(super) const REFUSED_BY: EndedBy = EndedBy::Gateway;
