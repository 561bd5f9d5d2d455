//! The test desk: calls that the gateway itself places, with a line that plays a file and keeps what it hears.

use std::time::Instant;

use call::{Number, Setup};
use dialplans::{Attempt, Decision, Query};
use media::Bearer;

use super::call::{Call, Remaining};
use super::gateway::Gateway;
use super::leg::{Leg, Line};
use super::progress::Side;
use super::switch::Switch;
use crate::control::{Answer, PlaceCall, RefusedBecause};
use crate::records::CallId;

/// A call the gateway is to place.
pub struct Placed {
    /// Where to.
    pub to: Number,
    /// Who calls.
    pub calling: Option<Number>,
    /// By this trunk; the dial plan decides if there is none, as for a call from the trunk named in `from`.
    pub via: Option<String>,
    /// What the desk says and hears.
    pub bearer: Box<dyn Bearer>,
}

impl Gateway {
    /// Places a test call. What the far side does is seen by asking about the call.
    pub fn place(&mut self, placed: Placed, now: Instant) -> Answer {
        if self.draining {
            return Answer::refused(RefusedBecause::Unavailable, "the gateway is draining");
        }
        let setup = Box::new(Setup::voice(placed.to, placed.calling));
        match placed.via {
            Some(via) => {
                if !self.switch.trunks.iter().any(|trunk| trunk.name == via) {
                    return self.no_trunk(&via);
                }
                let attempt =
                    Attempt { trunk: via.as_str().into(), called: placed.to, calling: placed.calling };
                let routes = Remaining { attempts: vec![attempt].into_iter(), reroute: None };
                Answer::Placed { id: self.begin_at_desk(setup, routes, placed.bearer, now) }
            }
            None => {
                let draw = self.switch.random();
                let query = Query { from: "", dialled: placed.to, calling: placed.calling, draw };
                match self.plan.decide(&query) {
                    Decision::Route { attempts, reroute, .. } => {
                        let routes = Remaining { attempts: attempts.into_iter(), reroute: Some(reroute) };
                        Answer::Placed { id: self.begin_at_desk(setup, routes, placed.bearer, now) }
                    }
                    Decision::Refuse { rule, cause } => {
                        let rule = rule.as_deref().unwrap_or("no rule");
                        Answer::refused(
                            RefusedBecause::NoRoute,
                            format!("the dial plan refuses it: {rule}, {cause}"),
                        )
                    }
                }
            }
        }
    }

    fn begin_at_desk(
        &mut self,
        setup: Box<Setup>,
        routes: Remaining,
        bearer: Box<dyn Bearer>,
        now: Instant,
    ) -> CallId {
        // The desk is on no trunk.
        let leg = Leg::new(usize::MAX, Line::Desk(Some(bearer)));
        let mut call = self.call_from(leg, Some(setup), now);
        let id = call.id;
        call.routes = routes;
        self.begin(call, now);
        id
    }

    pub(super) fn place_call(&mut self, place: &PlaceCall, now: Instant) -> Answer {
        let to = match Number::parse(&place.to) {
            Ok(to) => to,
            Err(why) => return Answer::refused(RefusedBecause::Invalid, format!("{:?}: {why}", place.to)),
        };
        let calling = place.calling.as_deref().and_then(|text| Number::parse(text).ok());
        let bearer = Box::new(Silence);
        self.place(Placed { to, calling, via: place.via.clone(), bearer }, now)
    }
}

/// A desk without a file: it says nothing and keeps nothing.
struct Silence;

impl Bearer for Silence {
    fn law(&self) -> media::Law {
        media::Law::A
    }

    fn exchange(&mut self, _to_line: &[u8], from_line: &mut [u8]) {
        from_line.fill(media::Law::A.silence());
    }
}

impl Switch {
    /// The desk's voice starts when there is something to hear.
    pub(super) fn open_desk(&mut self, call: &mut Call) {
        let Line::Desk(bearer) = &mut call.caller.line else { return };
        let Some(bearer) = bearer.take() else { return };
        let beside = call.endpoint(Side::Callee);
        call.caller.endpoint = self.voice.open_bearer(call.key, Side::Caller, beside, bearer);
    }
}
