//! Requests of the peer's inside a dialog, and the ACKs of its INVITEs.

use std::time::Instant;

use super::content::Content;
use super::event::{End, Event, SessionId};
use super::replies::Refusal;
use super::requests::Arrival;
use super::responses::is_described;
use super::sessions::{Pending, Phase};
use super::transactions::Purpose;
use super::{Stack, timers};
use crate::message::{Message, Method, OwnedMessage};
use crate::session::{Carrier, OfferAnswer, Step};

impl Stack {
    /// The session a message with a To tag belongs to.
    fn session_of(&self, message: &Message<'_>) -> Option<SessionId> {
        let (to, from) = (message.to().ok()?, message.from().ok()?);
        let key = self.dialog_key(message.call_id().ok()?, to.tag()?);
        let session = self.session_id(*self.by_dialog.get(&key)?)?;
        let held = self.sessions.get(super::parts(session.get()).0)?;
        let tag = from.tag().unwrap_or_default();
        let known = match &held.dialog {
            Some(dialog) => *dialog.remote_tag() == *tag,
            None => held.branches.iter().any(|branch| *branch.tag == *tag),
        };
        known.then_some(session)
    }

    /// Takes a request with a To tag.
    pub(super) fn in_dialog(
        &mut self,
        message: &Message<'_>,
        method: Method,
        arrival: &Arrival,
        now: Instant,
    ) {
        let source = &arrival.source;
        let Some(session) = self.session_of(message) else {
            return self.refuse(message, source, Refusal::new(481), now);
        };
        self.touched = Some(session);
        let ending = self.session(session).is_some_and(|held| held.phase == Phase::Ending);
        if ending && method != Method::Bye {
            return self.refuse(message, source, Refusal::new(481), now);
        }
        if !self.has_room(true) {
            return self.refuse_for_load(message, source, now);
        }
        if !self.in_order(session, message) {
            return self.refuse(message, source, Refusal::new(500), now);
        }
        match method {
            Method::Bye => self.bye_received(session, message, arrival, now),
            Method::Invite => self.reinvite_received(session, message, arrival, now),
            Method::Update => self.update_received(session, message, arrival, now),
            Method::Options => self.answer_options(message, source, now),
            Method::Ack | Method::Cancel => {}
            Method::Register
            | Method::Prack
            | Method::Info
            | Method::Subscribe
            | Method::Notify
            | Method::Refer
            | Method::Message
            | Method::Publish
            | Method::Other => self.free_request(message, method, arrival, Some(session), now),
        }
    }

    fn in_order(&mut self, session: SessionId, message: &Message<'_>) -> bool {
        let Ok(cseq) = message.cseq() else { return false };
        let tag = message.from().ok().and_then(|from| from.tag()).unwrap_or_default();
        let Some(held) = self.session(session) else { return false };
        if let Some(dialog) = &mut held.dialog {
            return dialog.takes(cseq.number);
        }
        let Some(branch) = held.branches.iter_mut().find(|branch| *branch.tag == *tag) else { return false };
        let fits = branch.remote_cseq.is_none_or(|last| cseq.number >= last);
        if fits {
            branch.remote_cseq = Some(cseq.number);
        }
        fits
    }

    /// BYE: 200, and whatever else is under way ends with 487 (RFC 3261 §15.1.2).
    fn bye_received(&mut self, session: SessionId, message: &Message<'_>, arrival: &Arrival, now: Instant) {
        let Some(held) = self.session(session) else { return };
        // A callee may not end what it has not answered; the caller's CANCEL or the answer decides.
        if held.dialog.is_none() {
            return self.refuse(message, &arrival.source, Refusal::new(481), now);
        }
        let (tag, silent) = (held.tag, held.phase == Phase::Ending);
        let at = self.take_request(
            message,
            Method::Bye,
            arrival,
            Purpose::Forgotten,
            Some(tag),
            Some(session),
            now,
        );
        self.respond(at, (200, ""), None, &Content::EMPTY, now);
        self.settle(session, now);
        self.drop_session(session);
        if !silent {
            let why = End::Bye(OwnedMessage::from(message));
            self.event(Event::Ended { session, why });
        }
    }

    fn reinvite_received(
        &mut self,
        session: SessionId,
        message: &Message<'_>,
        arrival: &Arrival,
        now: Instant,
    ) {
        let source = &arrival.source;
        let Some(held) = self.session(session) else { return };
        let tag = held.tag;
        // RFC 3261 §14.2: one at a time, and not across ours.
        match held.pending {
            Pending::Sent { .. } | Pending::Owed { .. } => {
                return self.refuse(message, source, Refusal::new(491), now);
            }
            Pending::Received { .. } | Pending::Answered { .. } => {
                return self.refuse_for_now(message, source, now);
            }
            Pending::Nothing if held.update.is_some() => return self.refuse_for_now(message, source, now),
            Pending::Nothing => {}
        }
        held.offer = OfferAnswer::Settled.after(Step::Theirs, Carrier::Invite, is_described(message));
        if let Some(dialog) = &mut held.dialog {
            dialog.refresh(message);
        }
        let at = self.take_invite(message, arrival, Purpose::Reinvite, tag, session, now);
        if let Some(held) = self.session(session) {
            held.pending = Pending::Received { transaction: timers::index(at) };
        }
        self.event(Event::Offer { session, message: OwnedMessage::from(message) });
    }

    /// RFC 3311 §5.2.
    fn update_received(
        &mut self,
        session: SessionId,
        message: &Message<'_>,
        arrival: &Arrival,
        now: Instant,
    ) {
        let source = &arrival.source;
        let described = is_described(message);
        let Some(held) = self.session(session) else { return };
        let (tag, contact) = (held.tag, held.contact);
        if held.update.is_some() || (described && held.offer.is_offered_by(Step::Theirs)) {
            return self.refuse_for_now(message, source, now);
        }
        if described && held.offer != OfferAnswer::Settled {
            return self.refuse(message, source, Refusal::new(491), now);
        }
        if let Some(dialog) = &mut held.dialog {
            dialog.refresh(message);
        }
        let at = self.take_request(
            message,
            Method::Update,
            arrival,
            Purpose::Update,
            Some(tag),
            Some(session),
            now,
        );
        if !described {
            // A refresh of target or session: nothing to ask the user.
            let line = self.contact_line(&contact, &arrival.back);
            self.respond(at, (200, ""), Some(&line), &Content::EMPTY, now);
            return self.pool.give(line);
        }
        if let Some(held) = self.session(session) {
            held.offer = held.offer.after(Step::Theirs, Carrier::Update, true);
            held.update = Some(timers::index(at));
        }
        self.event(Event::Offer { session, message: OwnedMessage::from(message) });
    }

    /// An ACK that belongs to no failure: to a 2xx of ours, by dialog and CSeq (RFC 3261 §13.3.1.4).
    pub(super) fn ack(&mut self, message: &Message<'_>, now: Instant) {
        let cseq = message.cseq().map(|cseq| cseq.number);
        let Some(session) = self.session_of(message) else {
            self.counters.dropped.stray_ack += 1;
            return;
        };
        self.touched = Some(session);
        let Some(held) = self.session(session) else { return };
        if !matches!(held.pending, Pending::Answered { cseq: answered, .. } if Ok(answered) == cseq) {
            self.counters.retransmissions_received += 1;
            return;
        }
        let answered = std::mem::replace(&mut held.pending, Pending::Nothing);
        held.offer = held.offer.after(Step::Theirs, Carrier::Ack, is_described(message));
        let ending = held.phase == Phase::Ending;
        if let Pending::Answered { ok, .. } = answered {
            self.pool.give(ok);
        }
        if ending {
            return self.farewell(session, now);
        }
        self.set_session_timer(session);
        let message = (!message.body().is_empty()).then(|| OwnedMessage::from(message));
        self.event(Event::Acknowledged { session, message });
    }
}
