//! Requests of the peer's: found again, refused, or taken.

use std::time::Instant;

use super::event::{Event, SessionId};
use super::replies::Refusal;
use super::sessions::{NewSession, Pending};
use super::transactions::{Begin, Machine, Purpose};
use super::{Stack, timers};
use crate::dialog::{Birth, Dialog, Side};
use crate::message::{Invalid, Message, Method, OwnedMessage, validate};
use crate::session::{Carrier, OfferAnswer, Step};
use crate::transaction::{InviteServer, Server, ServerAct, ServerInput};
use crate::transport::Flow;

impl Stack {
    /// Takes a request.
    pub(super) fn request(&mut self, message: &Message<'_>, method: Method, flow: &Flow, now: Instant) {
        self.counters.requests_received.add(method);
        let Ok(via) = message.via() else {
            self.counters.dropped.unparsable += 1;
            return;
        };
        self.note_alias(message, flow);
        let key = self.server_key(message, &via, method);
        if let Some(&slot) = self.by_branch.get(&key)
            && self.again(slot as usize, message, method, flow, now)
        {
            return;
        }
        if method == Method::Ack {
            return self.ack(message, now);
        }
        if self.invalid(message, flow, now) {
            return;
        }
        if method == Method::Cancel {
            return self.cancel_received(message, flow, now);
        }
        let Some(back) = self.reply_flow_by(&via, flow) else { return };
        let tagged = message.to().is_ok_and(|to| to.tag().is_some());
        let arrival = Arrival { key, back, source: *flow };
        if tagged {
            self.in_dialog(message, method, &arrival, now);
        } else {
            self.out_of_dialog(message, method, &arrival, now);
        }
    }

    /// The request (or the ACK) of a transaction we hold; false if it is another's after all.
    fn again(&mut self, at: usize, message: &Message<'_>, method: Method, flow: &Flow, now: Instant) -> bool {
        let Some(transaction) = self.transactions.get_mut(at) else { return false };
        if method == Method::Ack {
            // An older client's ACK must carry the To tag of our response (RFC 3261 §17.2.3).
            let tag = message.to().ok().and_then(|to| to.tag());
            let ours = transaction.tag.as_ref().is_none_or(|token| tag == Some(token.as_bytes()));
            let old = message.via().is_ok_and(|via| via.key().is_none());
            if old && !ours {
                return false;
            }
            self.touched = transaction.session;
            let act = self.drive_server(at, ServerInput::Acknowledge, now);
            self.sweep(at);
            if act == ServerAct::Deliver {
                self.ack(message, now);
            }
            return true;
        }
        self.counters.retransmissions_received += 1;
        // The response goes back on the connection of the newest copy.
        if flow.connection.is_some() {
            transaction.flow.connection = flow.connection;
        }
        self.touched = transaction.session;
        let act = self.drive_server(at, ServerInput::Request, now);
        self.server_act(at, act, now);
        true
    }

    /// Refuses what the standard has a status for; true if it did.
    fn invalid(&mut self, message: &Message<'_>, flow: &Flow, now: Instant) -> bool {
        match validate(message, &self.config.capabilities) {
            Ok(()) => return false,
            Err(Invalid::Refuse(fact)) => self.refuse_invalid(message, flow, fact, now),
            Err(Invalid::Drop(_)) => self.counters.dropped.unparsable += 1,
        }
        true
    }

    /// CANCEL: 200 to itself, 487 to the INVITE if that still waits. RFC 3261 §9.2.
    fn cancel_received(&mut self, message: &Message<'_>, flow: &Flow, now: Instant) {
        let invite = message.via().ok().and_then(|via| {
            let key = self.server_key(message, &via, Method::Invite);
            self.by_branch.get(&key).copied()
        });
        let Some(slot) = invite else { return self.refuse(message, flow, Refusal::new(481), now) };
        let at = slot as usize;
        let Some(back) = self.reply_flow(message, flow) else { return };
        let Some((tag, session)) = self.transactions.get(at).map(|held| (held.tag, held.session)) else {
            return;
        };
        let Ok(via) = message.via() else { return };
        let key = self.server_key(message, &via, Method::Cancel);
        let arrival = Arrival { key, back, source: *flow };
        self.touched = session;
        let own = self.take_request(message, Method::Cancel, &arrival, Purpose::Forgotten, tag, session, now);
        self.respond(own, (200, ""), None, &super::Content::EMPTY, now);
        let waits = session.and_then(|session| self.session(session)).is_some_and(
            |held| matches!(held.pending, Pending::Received { transaction } if transaction == slot),
        );
        let Some(session) = session.filter(|_| waits) else { return };
        self.respond(at, (487, ""), None, &super::Content::EMPTY, now);
        self.canceled(session, message, now);
    }

    fn out_of_dialog(&mut self, message: &Message<'_>, method: Method, arrival: &Arrival, now: Instant) {
        let flow = &arrival.source;
        let merged = self.merged_key(message);
        if merged.is_some_and(|merged| self.merged.contains_key(&merged)) || self.is_loop(message) {
            return self.refuse(message, flow, Refusal::new(482), now);
        }
        match method {
            Method::Options if self.draining => self.refuse_for_load(message, flow, now),
            Method::Options => self.answer_options(message, flow, now),
            Method::Invite => self.invite_received(message, arrival, now),
            Method::Bye | Method::Update | Method::Prack => {
                self.refuse(message, flow, Refusal::new(481), now);
            }
            Method::Ack | Method::Cancel => {}
            Method::Register
            | Method::Info
            | Method::Subscribe
            | Method::Notify
            | Method::Refer
            | Method::Message
            | Method::Publish
            | Method::Other => self.free_request(message, method, arrival, None, now),
        }
    }

    /// Whether a request of ours has come back to us: one of its Vias is of a transaction we hold.
    fn is_loop(&self, message: &Message<'_>) -> bool {
        let method = message.method_bytes();
        message.vias().filter_map(Result::ok).filter_map(|via| via.key()).any(|branch| {
            self.mint.may_have_minted(branch) && self.by_branch.contains_key(&self.client_key(branch, method))
        })
    }

    fn invite_received(&mut self, message: &Message<'_>, arrival: &Arrival, now: Instant) {
        let flow = &arrival.source;
        if self.sessions.len() >= self.config.limits.sessions || !self.has_room(false) {
            return self.refuse_for_load(message, flow, now);
        }
        let (tag, contact) = (self.mint.token(), self.mint.token());
        let key = self.dialog_key(message.call_id().unwrap_or_default(), tag.as_bytes());
        let mut scratch = self.pool.take();
        let (side, fallback) = (Side::Callee, b"".as_slice());
        let birth = Birth { message, side, tag: tag.as_bytes(), flow: *flow, fallback };
        let dialog = Dialog::new(&birth, &mut scratch);
        self.pool.give(scratch);
        let offer = OfferAnswer::Settled.after(
            Step::Theirs,
            Carrier::Invite,
            super::responses::is_described(message),
        );
        let new = NewSession { side: Side::Callee, offer, key, tag, contact, dialog: Some(dialog) };
        let session = self.add_session(new);
        self.touched = Some(session);
        let at = self.take_invite(message, arrival, Purpose::Invite, tag, session, now);
        if let Some(held) = self.session(session) {
            held.pending = Pending::Received { transaction: timers::index(at) };
        }
        let message = OwnedMessage::from(message);
        self.event(Event::Invite { session, message, flow: *flow });
    }

    /// Begins an INVITE's transaction with its 100.
    pub(super) fn take_invite(
        &mut self,
        message: &Message<'_>,
        arrival: &Arrival,
        purpose: Purpose,
        tag: super::mint::Token,
        session: SessionId,
        now: Instant,
    ) -> usize {
        let at = self.take_request(message, Method::Invite, arrival, purpose, Some(tag), Some(session), now);
        let reply =
            self.transactions.get_mut(at).map(|held| std::mem::take(&mut held.reply)).unwrap_or_default();
        let trying = self.trying(message, &reply);
        if let Some(transaction) = self.transactions.get_mut(at) {
            transaction.bytes = trying;
            transaction.reply = reply;
        }
        self.send_kept(at, now);
        at
    }

    /// Begins a server transaction, ready to answer.
    #[expect(clippy::too_many_arguments, reason = "each says one thing of the transaction that begins")]
    pub(super) fn take_request(
        &mut self,
        message: &Message<'_>,
        method: Method,
        arrival: &Arrival,
        purpose: Purpose,
        tag: Option<super::mint::Token>,
        session: Option<SessionId>,
        now: Instant,
    ) -> usize {
        let tag = tag.unwrap_or_else(|| self.mint.token());
        let reply = self.reply_lines(message, &arrival.source, tag.as_bytes());
        let timing = &self.config.timing;
        let machine = if method == Method::Invite {
            Machine::InviteServer(InviteServer::start(timing, now))
        } else {
            Machine::Server(Server::start(timing, now))
        };
        let tagged = message.to().is_ok_and(|to| to.tag().is_some());
        let merged = if tagged { None } else { self.merged_key(message) };
        let (key, flow) = (arrival.key, arrival.back);
        let at = self.begin(Begin { machine, purpose, method, key, merged, flow, session });
        if let Some(transaction) = self.transactions.get_mut(at) {
            transaction.reply = reply;
            transaction.tag = Some(tag);
        }
        at
    }

    /// A request the user answers himself.
    pub(super) fn free_request(
        &mut self,
        message: &Message<'_>,
        method: Method,
        arrival: &Arrival,
        session: Option<SessionId>,
        now: Instant,
    ) {
        if !self.has_room(session.is_some()) {
            return self.refuse_for_load(message, &arrival.source, now);
        }
        let at = self.take_request(message, method, arrival, Purpose::Named, None, session, now);
        let request = self.request_id(at);
        let message = OwnedMessage::from(message);
        self.event(Event::Request { request, session, message, flow: arrival.source });
    }
}

/// How a request came.
pub(super) struct Arrival {
    /// Its transaction's key.
    pub(super) key: super::digest::Digest,
    /// Where its responses go.
    pub(super) back: Flow,
    /// Where it came from.
    pub(super) source: Flow,
}
