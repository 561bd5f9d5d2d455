//! What the SIP stack tells: responses and requests become signals of the leg they belong to.

use std::time::Instant;

use call::{Cause, Progress, Signal};
use media::sdp::{Description, Local};
use sip::message::{Message, OwnedMessage};
use sip::stack::{Content, End, Event, SessionId};

use super::call::Call;
use super::causes;
use super::gateway::Gateway;
use super::key::CallKey;
use super::leg::{Exchange, Leg};
use super::progress::{Input, Side, State};
use super::sip_leg::{preferred, said};
use super::switch::Switch;
use crate::records::Why;

impl Gateway {
    pub(super) fn sip_event(&mut self, event: Event, now: Instant) {
        match event {
            Event::Invite { session, message, flow } => self.incoming_invite(session, &message, &flow, now),
            Event::Provisional { session, fork: _, status, message } => {
                self.provisional_came(session, status, &message, now);
            }
            Event::Accepted { session, fork: _, message, owed } => {
                self.accepted(session, &message, owed, now);
            }
            Event::Rejected { session, status, message } => {
                self.rejected(session, status, message.as_ref(), now);
            }
            Event::Acknowledged { session, message } => self.acknowledged(session, message.as_ref(), now),
            Event::Canceled { session, message } => {
                let cause = causes::of_request(&message.message());
                self.session_over(session, "CANCEL", cause, None, now);
            }
            Event::Offer { session, message } => self.offered(session, &message, now),
            Event::Ended { session, why } => self.ended(session, &why, now),
            Event::Request { request, .. } => {
                // No method is asked for in the stack's settings: none of these comes.
                let _gone = self.switch.stack.respond_request(request, 501, "", &Content::EMPTY, now);
            }
            Event::OfferWithdrawn { .. } | Event::OfferRefused { .. } | Event::Response { .. } => {}
        }
    }

    fn provisional_came(&mut self, session: SessionId, status: u16, message: &OwnedMessage, now: Instant) {
        let Some((key, side)) = self.switch.sessions.get(&session).copied() else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        let sdp = description(&message.message());
        call.heard(side, said(status, sdp.is_some()), now);
        let in_band = sdp.is_some_and(|answer| self.switch.take_answer(call, side, &answer, false).is_ok());
        let progress = if in_band { Progress::IN_BAND } else { Progress::NONE };
        let signal = if status == 180 { Signal::Alerting(progress) } else { Signal::Progress(progress) };
        self.step(key, Input::Said(side, signal), None, now);
    }

    fn accepted(&mut self, session: SessionId, message: &OwnedMessage, owed: bool, now: Instant) {
        let Some((key, side)) = self.switch.sessions.get(&session).copied() else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        let answer = description(&message.message());
        call.heard(side, said(200, answer.is_some()), now);
        if let Some(sip) = call.leg_mut(side).and_then(Leg::sip_mut) {
            sip.answered = true;
        }
        let agreed = match answer {
            Some(answer) => self.switch.take_answer(call, side, &answer, true).is_ok(),
            None => self.switch.early_answer_holds(call, side),
        };
        if owed || !agreed {
            // We always offer, so a 2xx never brings an offer; and without an agreement there is no call.
            self.switch.say(call, side, Signal::Release(Cause::INCOMPATIBLE_DESTINATION), now);
            self.step(key, Input::Said(side, Signal::Release(Cause::INCOMPATIBLE_DESTINATION)), None, now);
            return;
        }
        self.step(key, Input::Said(side, Signal::Connect), None, now);
    }

    fn rejected(&mut self, session: SessionId, status: u16, message: Option<&OwnedMessage>, now: Instant) {
        let cause = causes::of_response(status, message.map(OwnedMessage::message).as_ref());
        let told = said(status, false);
        self.session_over(session, &told, cause, Some(status), now);
    }

    /// The session is over by the peer's doing.
    fn session_over(
        &mut self,
        session: SessionId,
        told: &str,
        cause: Cause,
        status: Option<u16>,
        now: Instant,
    ) {
        let Some((key, side)) = self.switch.sessions.get(&session).copied() else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.heard(side, told.to_owned(), now);
        if let Some(sip) = call.leg_mut(side).and_then(Leg::sip_mut) {
            let canceled = if side == Side::Caller && !sip.answered { Some(487) } else { None };
            sip.status = status.or(canceled);
        }
        self.switch.gone(call, side);
        self.step(key, Input::Said(side, Signal::Release(cause)), status, now);
    }

    /// The ACK of our 2xx: it answers a late offer.
    fn acknowledged(&mut self, session: SessionId, message: Option<&OwnedMessage>, now: Instant) {
        let Some((key, side)) = self.switch.sessions.get(&session).copied() else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        let awaiting =
            call.leg(side).and_then(Leg::sip).is_some_and(|sip| matches!(sip.exchange, Exchange::Awaiting));
        let answer = message.and_then(|message| description(&message.message()));
        call.heard(side, if answer.is_some() { "ACK (SDP)".into() } else { "ACK".into() }, now);
        if !awaiting {
            return;
        }
        let agreed = answer.is_some_and(|answer| self.switch.take_answer(call, side, &answer, true).is_ok());
        if !agreed {
            self.step(key, Input::HangUp(Cause::INCOMPATIBLE_DESTINATION), None, now);
        }
    }

    /// A re-INVITE or UPDATE: answered from this leg alone, the other side does not notice.
    fn offered(&mut self, session: SessionId, message: &OwnedMessage, now: Instant) {
        let Some((key, side)) = self.switch.sessions.get(&session).copied() else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        let view = message.message();
        call.heard(side, String::from_utf8_lossy(view.method_bytes()).into_owned(), now);
        match self.switch.reanswer(call, side, &view) {
            Ok(body) => {
                if self.switch.stack.answer_offer(session, &Content::sdp(&body), now).is_ok() {
                    call.said(side, said(200, true), now);
                }
            }
            Err(status) => {
                if self.switch.stack.refuse_offer(session, status, "", &Content::EMPTY, now).is_ok() {
                    call.said(side, said(status, false), now);
                }
            }
        }
        self.settle(key, now);
    }

    fn ended(&mut self, session: SessionId, why: &End, now: Instant) {
        let (told, cause, timeout) = match why {
            End::Bye(message) => ("BYE", causes::of_request(&message.message()), false),
            End::AckTimeout => ("no ACK", Cause::TIMER_EXPIRY, true),
            End::Unanswered => ("never answered", Cause::TIMER_EXPIRY, true),
            End::Lost => ("dialog lost", Cause::TIMER_EXPIRY, true),
            End::Expired => ("call too long", Cause::TIMER_EXPIRY, true),
        };
        if timeout && let Some(call) = self.call_of(session) {
            call.draft.why.get_or_insert(Why::SignallingTimeout);
        }
        self.session_over(session, told, cause, None, now);
    }

    fn call_of(&mut self, session: SessionId) -> Option<&mut Call> {
        let (key, _): (CallKey, Side) = self.switch.sessions.get(&session).copied()?;
        self.calls.get_mut(&key).map(|call| &mut **call)
    }
}

/// Nothing could be agreed.
struct NoAgreement;

impl Switch {
    /// The peer's answer to our offer.
    fn take_answer(
        &mut self,
        call: &mut Call,
        side: Side,
        answer: &Description,
        is_final: bool,
    ) -> Result<(), NoAgreement> {
        let sip = call.leg_mut(side).and_then(Leg::sip_mut).ok_or(NoAgreement)?;
        if !matches!(sip.exchange, Exchange::Awaiting) {
            return Ok(());
        }
        let negotiated = sip.sdp.negotiate(answer).map_err(|_| NoAgreement)?;
        let same = sip.negotiated == Some(negotiated);
        sip.negotiated = Some(negotiated);
        if is_final {
            sip.exchange = Exchange::Settled;
        }
        if is_final || !same {
            self.configure(call, side, is_final);
        }
        Ok(())
    }

    /// A 2xx without a body: the answer of an early dialog stands (RFC 3261 §13.2.1 allows it in practice).
    fn early_answer_holds(&mut self, call: &mut Call, side: Side) -> bool {
        let Some(sip) = call.leg_mut(side).and_then(Leg::sip_mut) else { return false };
        if sip.negotiated.is_none() {
            return false;
        }
        sip.exchange = Exchange::Settled;
        self.configure(call, side, true);
        true
    }

    /// The body of the 200 to a re-INVITE: our answer, or our offer if it had none; else the status that refuses.
    fn reanswer(&mut self, call: &mut Call, side: Side, message: &Message<'_>) -> Result<Vec<u8>, u16> {
        let leg = call.leg(side).ok_or(481_u16)?;
        let codecs = self.sip_trunk(leg).map(|trunk| trunk.codecs.clone()).ok_or(488_u16)?;
        let port = leg.endpoint.as_ref().and_then(|endpoint| endpoint.port).ok_or(488_u16)?;
        let codecs = preferred(&codecs, leg.codec.as_slice());
        let local = Local::new(self.voice.address(), port, &codecs);
        let offer = match sdp_body(message) {
            None => None,
            Some(body) => Some(Description::parse(body).map_err(|_| 400_u16)?),
        };
        let sip = call.leg_mut(side).and_then(Leg::sip_mut).ok_or(481_u16)?;
        let Some(offer) = offer else {
            let offer = sip.sdp.offer(&local);
            sip.exchange = Exchange::Awaiting;
            return Ok(offer);
        };
        let (answer, negotiated) = sip.sdp.answer(&offer, &local).map_err(|_| 488_u16)?;
        sip.negotiated = Some(negotiated);
        sip.exchange = Exchange::Settled;
        let talking = matches!(call.state, State::Talking { .. });
        self.configure(call, side, talking);
        Ok(answer)
    }
}

/// The bytes of the session description a message carries, alone or as a part.
pub(super) fn sdp_body<'a>(message: &Message<'a>) -> Option<&'a [u8]> {
    message.body_of("application/sdp").filter(|body| !body.is_empty())
}

/// The session description a message carries, if it can be read.
pub(super) fn description(message: &Message<'_>) -> Option<Description> {
    Description::parse(sdp_body(message)?).ok()
}
