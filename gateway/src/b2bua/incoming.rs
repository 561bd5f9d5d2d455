//! Calls that come in: who sends them, whether they may, and where the dial plan sends them.

use std::time::Instant;

use call::{Cause, Location, Name as CallerName, Number, Presentation, Setup, Signal};
use dialplans::{Decision, Query};
use media::sdp::Description;
use sip::message::{Message, Name, OwnedMessage};
use sip::stack::{Content, Header, SessionId};
use sip::transport::Flow;
use trunks::ChannelId;

use super::call::{Call, Remaining};
use super::causes;
use super::draft::Draft;
use super::gateway::{Gateway, REFUSED_BY};
use super::leg::{Exchange, Leg, Line, SipLeg};
use super::progress::{Side, State};
use super::record;
use super::sip_events::sdp_body;
use crate::control::Ladder;
use crate::records::{CallId, Party, Refusal, Why};

/// `Max-Forwards` of a call that did not come by SIP, RFC 3261 §8.1.1.6.
const MAX_FORWARDS: u8 = 70;
/// Seconds in Retry-After where a limit refused a call.
const RETRY_AFTER: &[u8] = b"5";

/// A call that is asked for, before anything is decided.
struct Asked {
    leg: Leg,
    /// Missing where the called number cannot be read.
    setup: Option<Box<Setup>>,
    max_forwards: u8,
    called: String,
    calling: Option<String>,
}

/// Why a call goes no further.
struct Refused {
    cause: Cause,
    /// Where the cause's own status is not the right one.
    status: Option<u16>,
    why: Refusal,
    rule: Option<String>,
}

impl Refused {
    const fn new(cause: Cause, why: Refusal) -> Self {
        Self { cause, status: None, why, rule: None }
    }
}

impl Gateway {
    pub(super) fn incoming_invite(
        &mut self,
        session: SessionId,
        message: &OwnedMessage,
        flow: &Flow,
        now: Instant,
    ) {
        let view = message.message();
        let place = self.switch.trunks.iter().position(|trunk| trunk.is_source(flow.remote.ip()));
        let Some(place) = place else {
            return self.refuse_stranger(session, &view, flow, now);
        };
        let id = self.switch.random();
        let exchange = match sdp_body(&view).map(Description::parse) {
            None => Exchange::Late,
            Some(Ok(offer)) => Exchange::Offered(Box::new(offer)),
            Some(Err(_)) => return self.refuse_offer_of(place, session, 400, now),
        };
        let leg = Leg::new(place, Line::Sip(Box::new(SipLeg::new(session, id, exchange))));
        let called = user(view.uri().as_ref());
        let calling = view.from().ok();
        let calling_text = calling.as_ref().and_then(sip::message::NameAddr::uri);
        let calling_text = calling_text.as_ref().map(|uri| user(Some(uri))).filter(|text| !text.is_empty());
        let setup = Number::parse(&called).ok().map(|number| {
            let mut setup = Setup::voice(number, calling_number(&view, calling_text.as_deref()));
            if let Some(name) = calling.as_ref().and_then(sip::message::NameAddr::display) {
                setup.calling_name = CallerName::new(&String::from_utf8_lossy(&name));
            }
            Box::new(setup)
        });
        let asked = Asked {
            leg,
            setup,
            max_forwards: view.max_forwards().unwrap_or(MAX_FORWARDS).saturating_sub(1),
            called,
            calling: calling_text,
        };
        self.admit(asked, now);
    }

    /// No trunk has this source: 403 and nothing of why, but a record.
    fn refuse_stranger(&mut self, session: SessionId, view: &Message<'_>, flow: &Flow, now: Instant) {
        self.rejected.count(Refusal::Acl);
        tracing::info!(source = %flow.remote, "refused: no trunk has this source");
        let _gone = self.switch.stack.reject(session, 403, "", &Content::EMPTY, now);
        let mut sip = SipLeg::new(session, 0, Exchange::Late);
        sip.status = Some(403);
        let mut leg = Leg::new(usize::MAX, Line::Sip(Box::new(sip)));
        leg.live = false;
        let from = view.from().ok();
        let calling = from.as_ref().and_then(sip::message::NameAddr::uri).map(|uri| user(Some(&uri)));
        let asked = Asked {
            leg,
            setup: None,
            max_forwards: 0,
            called: user(view.uri().as_ref()),
            calling: calling.filter(|text| !text.is_empty()),
        };
        self.record_refusal(asked, &Refused::new(Cause::CALL_REJECTED, Refusal::Acl), now);
    }

    pub(super) fn incoming_setup(
        &mut self,
        place: usize,
        channel: ChannelId,
        setup: Box<Setup>,
        now: Instant,
    ) {
        let asked = Asked {
            leg: Leg::new(place, Line::Channel(channel)),
            called: setup.called.dialled().to_string(),
            calling: setup.calling.map(|number| number.dialled().to_string()),
            setup: Some(setup),
            max_forwards: MAX_FORWARDS,
        };
        self.admit(asked, now);
    }

    /// A trunk refused a call of its far end before we were asked: it is recorded all the same.
    pub(super) fn refused_by_trunk(
        &mut self,
        place: usize,
        channel: ChannelId,
        setup: &Setup,
        why: Refusal,
        cause: Cause,
        now: Instant,
    ) {
        if let Some(trunk) = self.switch.trunks.get_mut(place) {
            trunk.attempts_in += 1;
            trunk.rejected.count(why);
        }
        let mut leg = Leg::new(place, Line::Channel(channel));
        leg.live = false;
        let asked = Asked {
            leg,
            called: setup.called.dialled().to_string(),
            calling: setup.calling.map(|number| number.dialled().to_string()),
            setup: Some(Box::new(setup.clone())),
            max_forwards: 0,
        };
        self.record_refusal(asked, &Refused::new(cause, why), now);
    }

    /// Checks limits, asks the dial plan, and lets the call begin or refuses it.
    fn admit(&mut self, asked: Asked, now: Instant) {
        let place = asked.leg.trunk;
        if let Err(refused) = self.enter_trunk(place, now) {
            return self.refuse_unentered(asked, &refused, now);
        }
        if self.draining {
            return self.refuse(asked, &Refused::new(Cause::SWITCHING_CONGESTION, Refusal::Draining), now);
        }
        if self.calls.len() >= self.calls_max {
            return self.refuse(asked, &Refused::new(Cause::SWITCHING_CONGESTION, Refusal::Capacity), now);
        }
        if self.rate.as_mut().is_some_and(|rate| !rate.take(now)) {
            return self.refuse(asked, &Refused::new(Cause::SWITCHING_CONGESTION, Refusal::Cps), now);
        }
        if let Some(refused) = self.unusable_offer(&asked) {
            return self.refuse(asked, &refused, now);
        }
        let Some((dialled, calling)) = asked.setup.as_ref().map(|setup| (setup.called, setup.calling)) else {
            return self.refuse(asked, &Refused::new(Cause::UNALLOCATED, Refusal::NoRoute), now);
        };
        let draw = self.switch.random();
        let query = Query { from: self.trunk_name(place), dialled, calling, draw };
        match self.plan.decide(&query) {
            Decision::Refuse { rule, cause } => {
                let refused = Refused {
                    rule: rule.map(|rule| rule.to_string()),
                    ..Refused::new(cause, Refusal::NoRoute)
                };
                self.refuse(asked, &refused, now);
            }
            Decision::Route { rule, called, calling, attempts, reroute } => {
                let rule = rule.to_string();
                let goes_to_sip = attempts.first().is_some_and(|attempt| self.is_sip(&attempt.trunk));
                if asked.max_forwards == 0 && goes_to_sip {
                    let refused = Refused {
                        status: Some(483),
                        rule: Some(rule),
                        ..Refused::new(Cause::EXCHANGE_ROUTING_ERROR, Refusal::NoRoute)
                    };
                    return self.refuse(asked, &refused, now);
                }
                let numbers =
                    (called.dialled().to_string(), calling.map(|number| number.dialled().to_string()));
                let routes = Remaining { attempts: attempts.into_iter(), reroute: Some(reroute) };
                self.route(asked, rule, numbers, routes, now);
            }
        }
    }

    fn route(
        &mut self,
        asked: Asked,
        rule: String,
        numbers: (String, Option<String>),
        routes: Remaining,
        now: Instant,
    ) {
        let mut call = self.call_of_asked(asked, now);
        call.draft.rule = Some(rule);
        call.draft.called.normalised = Some(numbers.0);
        if let Some(calling) = &mut call.draft.calling {
            calling.normalised = numbers.1;
        }
        call.routes = routes;
        if let Some(after) = call.routes.reroute.as_ref().and_then(|reroute| reroute.no_answer_to_setup()) {
            call.patience.setup = after;
        }
        call.state = State::trying(now, &call.patience);
        if !self.open_caller(&mut call) {
            let refused = Refused::new(Cause::RESOURCE_UNAVAILABLE, Refusal::Overload);
            return self.finish_refused(call, &refused, now);
        }
        tracing::debug!(parent: &call.span, rule = call.draft.rule.as_deref(), "routed");
        if matches!(call.caller.line, Line::Channel(_)) {
            self.switch.say(&mut call, Side::Caller, Signal::Proceeding, now);
        }
        self.begin(call, now);
    }

    /// Opens the caller's voice and makes its session or channel findable.
    fn open_caller(&mut self, call: &mut Call) -> bool {
        let place = call.caller.trunk;
        let opened = match &call.caller.line {
            Line::Sip(sip) => {
                self.switch.sessions.insert(sip.session, (call.key, Side::Caller));
                self.switch.voice.open_rtp(call.key, Side::Caller, None)
            }
            Line::Channel(channel) => {
                self.switch.channels.insert((place, *channel), (call.key, Side::Caller));
                let bearer = self
                    .switch
                    .trunks
                    .get_mut(place)
                    .and_then(super::trunk::Trunk::line_mut)
                    .and_then(|line| line.bearer(*channel));
                bearer.and_then(|bearer| self.switch.voice.open_bearer(call.key, Side::Caller, None, bearer))
            }
            Line::Desk(_) => None,
        };
        let is_open = opened.is_some();
        call.caller.codec = self.switch.codec_of(&call.caller);
        call.caller.endpoint = opened;
        is_open
    }

    fn enter_trunk(&mut self, place: usize, now: Instant) -> Result<(), Refused> {
        let Some(trunk) = self.switch.trunks.get_mut(place) else {
            return Err(Refused::new(Cause::NETWORK_OUT_OF_ORDER, Refusal::Overload));
        };
        trunk.enter(Side::Caller, now).map_err(|why| Refused::new(Cause::SWITCHING_CONGESTION, why))
    }

    /// Nothing that the caller offers could ever be answered: better said now than after the callee picked up.
    fn unusable_offer(&self, asked: &Asked) -> Option<Refused> {
        let Some(Exchange::Offered(offer)) = asked.leg.sip().map(|leg| &leg.exchange) else { return None };
        let trunk = self.switch.sip_trunk(&asked.leg)?;
        let local = media::sdp::Local::new(self.switch.voice.address(), 2, &trunk.codecs);
        let refused = media::sdp::Session::new(0).answer(offer, &local).err()?;
        tracing::debug!(%refused, "offer refused");
        Some(Refused { status: Some(488), ..Refused::new(Cause::BEARER_NOT_IMPLEMENTED, Refusal::NoRoute) })
    }

    fn is_sip(&self, trunk: &str) -> bool {
        self.switch.trunks.iter().any(|known| known.name == trunk && known.sip().is_some())
    }

    fn refuse_offer_of(&mut self, place: usize, session: SessionId, status: u16, now: Instant) {
        let entered = self.enter_trunk(place, now).is_ok();
        if let Some(trunk) = self.switch.trunks.get_mut(place).filter(|_| entered) {
            trunk.leave(Side::Caller);
        }
        let _gone = self.switch.stack.reject(session, status, "", &Content::EMPTY, now);
    }

    /// Refuses a call that holds a place on its trunk.
    fn refuse(&mut self, asked: Asked, refused: &Refused, now: Instant) {
        if let Some(trunk) = self.switch.trunks.get_mut(asked.leg.trunk) {
            trunk.leave(Side::Caller);
            trunk.rejected.count(refused.why);
        }
        self.refuse_unentered(asked, refused, now);
    }

    fn refuse_unentered(&mut self, mut asked: Asked, refused: &Refused, now: Instant) {
        asked.leg.live = false;
        match &mut asked.leg.line {
            Line::Sip(sip) => {
                let status =
                    refused.status.unwrap_or_else(|| refused.cause.at(Location::PublicLocal).sip_status());
                sip.status = Some(status);
                let reason = causes::written(refused.cause);
                let headers = [
                    Header { name: "Reason", value: reason.as_bytes() },
                    Header { name: "Retry-After", value: RETRY_AFTER },
                ];
                let told = if status == 503 { &headers[..] } else { headers.get(..1).unwrap_or_default() };
                let _gone = self.switch.stack.reject(sip.session, status, "", &Content::headers(told), now);
            }
            Line::Channel(channel) => {
                let (place, channel) = (asked.leg.trunk, *channel);
                self.switch.release_channel(place, channel, refused.cause, now);
            }
            Line::Desk(_) => {}
        }
        self.record_refusal(asked, refused, now);
    }

    fn record_refusal(&mut self, asked: Asked, refused: &Refused, now: Instant) {
        let call = self.call_of_asked(asked, now);
        self.finish_refused(call, refused, now);
    }

    /// The record of a call that never began.
    fn finish_refused(&mut self, mut call: Box<Call>, refused: &Refused, now: Instant) {
        if call.caller.live {
            let release = Signal::Release(refused.cause);
            self.switch.say(&mut call, Side::Caller, release, now);
            self.switch.close_voice(&call);
        }
        call.state = State::Over { cause: refused.cause, by: REFUSED_BY };
        call.draft.why = Some(Why::Refused(refused.why));
        if refused.rule.is_some() {
            call.draft.rule.clone_from(&refused.rule);
        }
        tracing::info!(parent: &call.span, why = refused.why.word(), rule = refused.rule.as_deref(), cause = %refused.cause, "refused");
        let record = record::record(&self.node, &mut call, &self.switch.trunks, &self.wall, now);
        self.keep(record, call.ladder);
    }

    fn call_of_asked(&mut self, asked: Asked, now: Instant) -> Box<Call> {
        let mut call = self.call_from(asked.leg, asked.setup, now);
        call.max_forwards = asked.max_forwards;
        call.draft.called = Party { received: asked.called, normalised: None };
        call.draft.calling = asked.calling.map(|received| Party { received, normalised: None });
        call
    }

    /// A call at its very beginning, from whichever leg.
    pub(super) fn call_from(&mut self, leg: Leg, setup: Option<Box<Setup>>, now: Instant) -> Box<Call> {
        let random = u128::from(self.switch.random()) << 64 | u128::from(self.switch.random());
        let id = CallId::new(self.wall.milliseconds_at(now), random);
        let trunk = self.trunk_name(leg.trunk);
        let span = tracing::info_span!("call", %id, from = trunk);
        let patience = self.switch.trunks.get(leg.trunk).map(|trunk| trunk.patience).unwrap_or_default();
        let first = match (&leg.line, &setup) {
            (Line::Channel(_) | Line::Desk(_), Some(setup)) => format!("SETUP {}", setup.called),
            (Line::Sip(_) | Line::Channel(_) | Line::Desk(_), _) => "INVITE".to_owned(),
        };
        let mut call = Box::new(Call {
            key: self.next_key(),
            id,
            began: now,
            state: State::trying(now, &patience),
            patience,
            caller: leg,
            callee: None,
            draft: Draft::of(setup.as_deref()),
            setup,
            max_forwards: MAX_FORWARDS,
            routes: Remaining::default(),
            ladder: Ladder::default(),
            span,
            toned: false,
            heard_in_band: false,
            hang_up: None,
            noted: None,
            closing: None,
        });
        call.heard(Side::Caller, first, now);
        call
    }
}

/// The user part of a URI as dialled: parameters of a number (`;phone-context`) are not part of it.
fn user(uri: Option<&sip::message::Uri<'_>>) -> String {
    let Some(user) = uri.and_then(sip::message::Uri::user_decoded) else { return String::new() };
    let text = String::from_utf8_lossy(&user);
    text.split(';').next().unwrap_or_default().to_owned()
}

/// The calling number; withheld if the caller asks for it (RFC 3323) or gives nobody's name.
fn calling_number(message: &Message<'_>, text: Option<&str>) -> Option<Number> {
    let number = Number::parse(text?).ok()?;
    let withheld = message.values(Name::Privacy).any(|value| {
        value.split(|b| *b == b';').any(|token| {
            let token = token.trim_ascii();
            token.eq_ignore_ascii_case(b"id") || token.eq_ignore_ascii_case(b"user")
        })
    });
    Some(if withheld { number.presented(Presentation::Restricted) } else { number })
}
