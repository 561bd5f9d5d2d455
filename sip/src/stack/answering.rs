//! The user's answers to requests of the peer's.

use std::time::Instant;

use super::content::Content;
use super::event::{End, Event, Misuse, RequestId, SessionId};
use super::sessions::{Pending, Phase};
use super::transactions::Purpose;
use super::{Stack, timers, write};
use crate::message::{Message, Method, OwnedMessage};
use crate::session::{Carrier, Step, Unacknowledged};
use crate::transaction::{Class, ServerAct, ServerInput};

impl Stack {
    /// Tells the caller how the call goes: 101 to 199. An empty phrase becomes the usual one.
    ///
    /// # Errors
    /// [`Misuse::Gone`]; [`Misuse::WrongState`] once answered or for another status; [`Misuse::Unwritable`].
    pub fn provisional(
        &mut self,
        session: SessionId,
        status: u16,
        phrase: &str,
        content: &Content<'_>,
        now: Instant,
    ) -> Result<(), Misuse> {
        check(content, phrase)?;
        if !(101..200).contains(&status) {
            return Err(Misuse::WrongState);
        }
        let at = self.unanswered(session)?;
        let held = self.live(session)?;
        held.offer = held.offer.after(Step::Ours, Carrier::Provisional, content.body.is_some());
        let contact = held.contact;
        self.respond_with_contact(at, (status, phrase), &contact, content, now);
        Ok(())
    }

    /// Answers the call with 200, whose retransmission is ours until the ACK.
    ///
    /// # Errors
    /// [`Misuse::Gone`]; [`Misuse::WrongState`] if there is nothing to answer; [`Misuse::Unwritable`].
    pub fn accept(&mut self, session: SessionId, content: &Content<'_>, now: Instant) -> Result<(), Misuse> {
        check(content, "")?;
        let at = self.unanswered(session)?;
        let wait = Unacknowledged::start(&self.config.timing, now);
        let expires = self.config.limits.call.map(|longest| now + longest);
        let held = self.live(session)?;
        held.offer = held.offer.after(Step::Ours, Carrier::Success, content.body.is_some());
        if held.phase == Phase::Early {
            held.phase = Phase::Confirmed;
            held.expires = expires;
        }
        let cseq = held.dialog.as_ref().and_then(|dialog| dialog.remote_cseq).unwrap_or(0);
        let contact = held.contact;
        let Some((ok, flow)) = self.respond_with_contact(at, (200, ""), &contact, content, now) else {
            return Err(Misuse::WrongState);
        };
        let held = self.live(session)?;
        held.pending = Pending::Answered { cseq, ok, flow, wait };
        self.set_session_timer(session);
        Ok(())
    }

    /// Refuses the call with 300 to 699; the session is over.
    ///
    /// # Errors
    /// [`Misuse::Gone`]; [`Misuse::WrongState`] once answered or for another status; [`Misuse::Unwritable`].
    pub fn reject(
        &mut self,
        session: SessionId,
        status: u16,
        phrase: &str,
        content: &Content<'_>,
        now: Instant,
    ) -> Result<(), Misuse> {
        check(content, phrase)?;
        let at = self.unanswered(session)?;
        if !(300..700).contains(&status) || self.live(session)?.phase != Phase::Early {
            return Err(Misuse::WrongState);
        }
        self.respond(at, (status, phrase), None, content, now);
        self.settle(session, now);
        self.drop_session(session);
        Ok(())
    }

    /// Answers an [`Event::Offer`] with 200.
    ///
    /// # Errors
    /// [`Misuse::Gone`]; [`Misuse::WrongState`] if nothing was offered; [`Misuse::Unwritable`].
    pub fn answer_offer(
        &mut self,
        session: SessionId,
        content: &Content<'_>,
        now: Instant,
    ) -> Result<(), Misuse> {
        check(content, "")?;
        let held = self.live(session)?;
        let Some(update) = held.update.take() else { return self.accept(session, content, now) };
        held.offer = held.offer.after(Step::Ours, Carrier::Update, content.body.is_some());
        let contact = held.contact;
        self.respond_with_contact(update as usize, (200, ""), &contact, content, now);
        Ok(())
    }

    /// Refuses an [`Event::Offer`], e.g. with 488; the call goes on as it was.
    ///
    /// # Errors
    /// [`Misuse::Gone`]; [`Misuse::WrongState`] if nothing was offered, or for a status below 300;
    /// [`Misuse::Unwritable`].
    pub fn refuse_offer(
        &mut self,
        session: SessionId,
        status: u16,
        phrase: &str,
        content: &Content<'_>,
        now: Instant,
    ) -> Result<(), Misuse> {
        check(content, phrase)?;
        if !(300..700).contains(&status) {
            return Err(Misuse::WrongState);
        }
        let held = self.live(session)?;
        let at = match (held.update, &held.pending) {
            (Some(update), _) => {
                held.update = None;
                update as usize
            }
            (None, Pending::Received { transaction }) if held.phase == Phase::Confirmed => {
                let at = *transaction as usize;
                held.pending = Pending::Nothing;
                at
            }
            (None, _) => return Err(Misuse::WrongState),
        };
        held.offer = held.offer.after(Step::Ours, Carrier::Failure, false);
        self.respond(at, (status, phrase), None, content, now);
        Ok(())
    }

    /// Answers an [`Event::Request`].
    ///
    /// # Errors
    /// [`Misuse::Gone`]; [`Misuse::WrongState`] for no status; [`Misuse::Unwritable`].
    pub fn respond_request(
        &mut self,
        request: RequestId,
        status: u16,
        phrase: &str,
        content: &Content<'_>,
        now: Instant,
    ) -> Result<(), Misuse> {
        check(content, phrase)?;
        let at = self.named(request).ok_or(Misuse::Gone)?;
        if !(100..700).contains(&status) || self.transactions.get(at).is_none_or(|held| held.reply.is_empty())
        {
            return Err(Misuse::WrongState);
        }
        self.respond(at, (status, phrase), None, content, now);
        Ok(())
    }

    /// The transaction of the INVITE that waits for the user.
    fn unanswered(&mut self, session: SessionId) -> Result<usize, Misuse> {
        match self.live(session)?.pending {
            Pending::Received { transaction } => Ok(transaction as usize),
            Pending::Nothing | Pending::Answered { .. } | Pending::Sent { .. } | Pending::Owed { .. } => {
                Err(Misuse::WrongState)
            }
        }
    }

    fn respond_with_contact(
        &mut self,
        at: usize,
        status: (u16, &str),
        contact: &super::mint::Token,
        content: &Content<'_>,
        now: Instant,
    ) -> Option<(Vec<u8>, crate::transport::Flow)> {
        let flow = self.transactions.get(at)?.flow;
        let line = self.contact_line(contact, &flow);
        let ok = self.respond(at, status, Some(&line), content, now);
        self.pool.give(line);
        ok.map(|ok| (ok, flow))
    }

    /// Sends a response in a server transaction. A 2xx to an INVITE is given back: the session repeats it.
    pub(super) fn respond(
        &mut self,
        at: usize,
        status: (u16, &str),
        contact: Option<&[u8]>,
        content: &Content<'_>,
        now: Instant,
    ) -> Option<Vec<u8>> {
        let class = Class::of(status.0);
        let transaction = self.transactions.get_mut(at)?;
        let reply = std::mem::take(&mut transaction.reply);
        let (flow, session, method) = (transaction.flow, transaction.session, transaction.method);
        let out = self.write_response(&reply, status, contact, content);
        let act = self.drive_server(at, ServerInput::Respond(class), now);
        let session_repeats = class == Class::Success && method == Method::Invite;
        let mut given_back = None;
        // What waits 32 s for a retransmission is kept in no more room than it needs.
        let keeps = if session_repeats { Vec::new() } else { out.to_vec() };
        match (act, session_repeats) {
            (ServerAct::Send, true) => {
                self.send_copy(flow, &out, session, now);
                given_back = Some(out);
            }
            (ServerAct::Send, false) => self.send(flow, out, session, now),
            (_, _) => self.pool.give(out),
        }
        if let Some(transaction) = self.transactions.get_mut(at) {
            if class == Class::Provisional {
                transaction.reply = reply;
            } else {
                self.pool.give(reply);
            }
            if act == ServerAct::Send {
                let old = std::mem::replace(&mut transaction.bytes, keeps);
                self.pool.give(old);
            }
        }
        self.sweep(at);
        given_back
    }

    /// Does what time, or a retransmission, wants of a server transaction.
    pub(super) fn server_act(&mut self, at: usize, act: ServerAct, now: Instant) {
        match act {
            ServerAct::Nothing | ServerAct::Send | ServerAct::Deliver | ServerAct::TimedOut => {}
            ServerAct::Retransmit => {
                self.counters.retransmissions_sent += 1;
                self.send_kept(at, now);
            }
            ServerAct::Overdue => self.overdue(at, now),
        }
        self.sweep(at);
    }

    /// The user never answered: the peer gets an answer all the same.
    fn overdue(&mut self, at: usize, now: Instant) {
        let Some(transaction) = self.transactions.get(at) else { return };
        let (purpose, session) = (transaction.purpose, transaction.session);
        let slot = timers::index(at);
        let held = session.and_then(|session| self.session(session));
        match purpose {
            Purpose::Invite => {
                self.respond(at, (480, ""), None, &Content::EMPTY, now);
                if let Some(session) = session
                    && self.drop_session(session).is_some()
                {
                    self.event(Event::Ended { session, why: End::Unanswered });
                }
            }
            Purpose::Reinvite => {
                if let Some(held) = held {
                    held.pending = Pending::Nothing;
                    held.offer = held.offer.after(Step::Ours, Carrier::Failure, false);
                }
                self.respond(at, (488, ""), None, &Content::EMPTY, now);
            }
            Purpose::Update => {
                if let Some(held) = held.filter(|held| held.update == Some(slot)) {
                    held.update = None;
                    held.offer = held.offer.after(Step::Ours, Carrier::Failure, false);
                }
            }
            Purpose::Named | Purpose::Forgotten => {}
        }
    }

    /// The caller gave up; the 487 has been sent.
    pub(super) fn canceled(&mut self, session: SessionId, message: &Message<'_>, _now: Instant) {
        let Some(held) = self.session(session) else { return };
        if held.phase == Phase::Early {
            self.drop_session(session);
            return self.event(Event::Canceled { session, message: OwnedMessage::from(message) });
        }
        // A re-INVITE was cancelled: the call goes on.
        held.pending = Pending::Nothing;
        held.offer = held.offer.after(Step::Theirs, Carrier::Failure, false);
        self.event(Event::OfferWithdrawn { session });
    }
}

fn check(content: &Content<'_>, phrase: &str) -> Result<(), Misuse> {
    write::check(content)?;
    if write::is_line(phrase.as_bytes()) { Ok(()) } else { Err(Misuse::Unwritable) }
}
