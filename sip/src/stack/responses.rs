//! Responses to our requests: matched, acknowledged, told.

use std::time::{Duration, Instant};

use super::Stack;
use super::content::Content;
use super::event::{End, Event, Fork, SessionId};
use super::sessions::{Branch, Pending, Phase};
use super::transactions::Purpose;
use super::{timers, write};
use crate::dialog::{Birth, Dialog, Side};
use crate::message::{Message, Method, Name, OwnedMessage, validate};
use crate::session::{Carrier, Step};
use crate::transaction::{Class, ClientAct, ClientInput};

impl Stack {
    /// Takes a response.
    pub(super) fn response(&mut self, message: &Message<'_>, status: u16, now: Instant) {
        self.counters.responses_received.add(status);
        if validate(message, &self.config.capabilities).is_err() {
            self.counters.dropped.unparsable += 1;
            return;
        }
        let found = message.via().ok().zip(message.cseq().ok()).and_then(|(via, cseq)| {
            let key = self.client_key(via.branch()?, cseq.method_bytes);
            self.by_branch.get(&key).copied()
        });
        let Some(at) = found else {
            self.counters.dropped.stray_response += 1;
            return;
        };
        let at = at as usize;
        self.touched = self.transactions.get(at).and_then(|transaction| transaction.session);
        let act = self.drive_client(at, ClientInput::Response(Class::of(status)), now);
        self.client_act(at, act, Some(message), now);
    }

    /// Does what a client transaction wants.
    pub(super) fn client_act(
        &mut self,
        at: usize,
        act: ClientAct,
        message: Option<&Message<'_>>,
        now: Instant,
    ) {
        match act {
            ClientAct::Nothing => {}
            ClientAct::Retransmit => {
                self.counters.retransmissions_sent += 1;
                self.send_kept(at, now);
            }
            ClientAct::Acknowledge => {
                self.counters.retransmissions_received += 1;
                self.send_kept(at, now);
            }
            ClientAct::Deliver => self.deliver(at, message, now),
            ClientAct::DeliverAndAcknowledge => {
                self.acknowledge_failure(at, message, now);
                self.deliver(at, message, now);
            }
            ClientAct::Cancel => self.send_cancel(at, now),
            ClientAct::TimedOut => self.client_failed(at, 408, now),
            ClientAct::Failed => self.client_failed(at, 503, now),
        }
        self.sweep(at);
    }

    fn deliver(&mut self, at: usize, message: Option<&Message<'_>>, now: Instant) {
        let Some(message) = message else { return };
        let status = message.status().unwrap_or(0);
        let Some(transaction) = self.transactions.get(at) else { return };
        let session = transaction.session;
        match (transaction.purpose, Class::of(status)) {
            (Purpose::Invite | Purpose::Reinvite, Class::Provisional) => {
                self.invite_progress(at, message, status, now);
            }
            (Purpose::Invite | Purpose::Reinvite, Class::Success) => self.invite_accepted(at, message, now),
            (Purpose::Invite | Purpose::Reinvite, Class::Failure) => {
                self.invite_refused(at, status, Some(message), now);
            }
            (Purpose::Named, Class::Success | Class::Failure) => {
                let request = self.request_id(at);
                let message = Some(OwnedMessage::from(message));
                self.event(Event::Response { request, session, status, message });
                self.cut(at);
            }
            (Purpose::Forgotten, Class::Success | Class::Failure) => self.cut(at),
            (Purpose::Named | Purpose::Forgotten, Class::Provisional) | (Purpose::Update, _) => {}
        }
    }

    fn invite_progress(&mut self, at: usize, message: &Message<'_>, status: u16, now: Instant) {
        self.keep_head(at);
        let Some(transaction) = self.transactions.get(at) else { return };
        let (purpose, session) = (transaction.purpose, transaction.session);
        let Some(session) = session.filter(|&session| self.session(session).is_some()) else {
            // The user gave up before anything was heard: the CANCEL may go now (RFC 3261 §9.1).
            if purpose == Purpose::Invite {
                self.cancel(at, now);
            }
            return;
        };
        if status == 100 || purpose == Purpose::Reinvite {
            return;
        }
        let fork = message.to().ok().and_then(|to| to.tag()).map(|tag| self.fork(session, tag));
        let described = is_described(message);
        let Some(held) = self.session(session) else { return };
        if held.phase != Phase::Early || fork == Some(None) {
            return;
        }
        held.offer = held.offer.after(Step::Theirs, Carrier::Provisional, described);
        let message = OwnedMessage::from(message);
        self.event(Event::Provisional { session, fork: fork.flatten(), status, message });
    }

    /// The branch with this To tag; `None` if there are too many.
    fn fork(&mut self, session: SessionId, tag: &[u8]) -> Option<Fork> {
        let most = self.config.limits.forks.min(usize::from(u8::MAX));
        let held = self.session(session)?;
        let known = held.branches.iter().position(|branch| *branch.tag == *tag);
        if known.is_none() && held.branches.len() >= most {
            return None;
        }
        let at = known.unwrap_or(held.branches.len());
        if known.is_none() {
            held.branches.push(Branch { tag: tag.into(), remote_cseq: None });
        }
        u8::try_from(at).ok().map(Fork)
    }

    fn invite_accepted(&mut self, at: usize, message: &Message<'_>, now: Instant) {
        let tag = message.to().ok().and_then(|to| to.tag()).unwrap_or_default();
        let digest = self.tag_digest(tag);
        let Some(transaction) = self.transactions.get(at) else { return };
        let (purpose, session) = (transaction.purpose, transaction.session);
        if let Some(ack) = transaction.acks.iter().find(|ack| ack.tag == digest) {
            let (flow, bytes) = (ack.flow, self.pool.copy(&ack.bytes));
            self.counters.retransmissions_received += 1;
            return self.send(flow, bytes, session, now);
        }
        let slot = timers::index(at);
        let state = session.and_then(|session| self.session(session)).map(|held| match &held.pending {
            Pending::Sent { transaction } => *transaction == slot,
            Pending::Owed { transaction, .. } if *transaction == slot => {
                // The same 2xx again, while the user still thinks: it waits; another branch's is not wanted.
                held.dialog.as_ref().is_some_and(|dialog| *dialog.remote_tag() != *tag)
            }
            Pending::Nothing | Pending::Received { .. } | Pending::Answered { .. } | Pending::Owed { .. } => {
                false
            }
        });
        match (session, state, purpose) {
            (Some(session), Some(true), Purpose::Invite) if self.is_early(session) => {
                self.confirm(session, at, message, tag, now);
            }
            (Some(session), Some(true), Purpose::Reinvite) => self.reconfirm(session, at, message, now),
            (Some(session), Some(false), _) if self.is_owed(session, slot) => {}
            (_, _, Purpose::Reinvite) => self.ack_only(at, message, now),
            (_, _, _) => self.stray_success(at, message, now),
        }
        self.cut(at);
    }

    fn is_early(&mut self, session: SessionId) -> bool {
        self.session(session).is_some_and(|held| held.phase == Phase::Early)
    }

    fn is_owed(&mut self, session: SessionId, slot: u32) -> bool {
        let pending = self.session(session).map(|held| &held.pending);
        matches!(pending, Some(Pending::Owed { transaction, .. }) if *transaction == slot)
    }

    /// The first 2xx makes the session.
    fn confirm(&mut self, session: SessionId, at: usize, message: &Message<'_>, tag: &[u8], now: Instant) {
        let fork = self.fork(session, tag).unwrap_or(Fork(u8::MAX));
        let mut dialog = self.dialog_of(at, message);
        let cseq = dialog.local_cseq;
        let owed_until = now + self.config.timing.patience();
        let expires = self.config.limits.call.map(|longest| now + longest);
        let Some(held) = self.session(session) else { return };
        let branch = held.branches.iter().find(|branch| *branch.tag == *tag);
        dialog.remote_cseq = branch.and_then(|branch| branch.remote_cseq);
        held.branches = Vec::new();
        held.dialog = Some(dialog);
        held.phase = Phase::Confirmed;
        held.expires = expires;
        held.offer = held.offer.after(Step::Theirs, Carrier::Success, is_described(message));
        let owed = held.offer.is_offered_by(Step::Theirs);
        held.pending = if owed {
            Pending::Owed { transaction: timers::index(at), cseq, until: owed_until }
        } else {
            Pending::Nothing
        };
        if !owed {
            self.send_ack(session, at, cseq, &Content::EMPTY, now);
        }
        self.set_session_timer(session);
        let message = OwnedMessage::from(message);
        self.event(Event::Accepted { session, fork, message, owed });
    }

    /// The 2xx to a re-INVITE of ours.
    fn reconfirm(&mut self, session: SessionId, at: usize, message: &Message<'_>, now: Instant) {
        let until = now + self.config.timing.patience();
        let cseq = message.cseq().map_or(0, |cseq| cseq.number);
        let Some(held) = self.session(session) else { return };
        if let Some(dialog) = &mut held.dialog {
            dialog.refresh(message);
        }
        held.offer = held.offer.after(Step::Theirs, Carrier::Success, is_described(message));
        let owed = held.offer.is_offered_by(Step::Theirs);
        held.pending = if owed {
            Pending::Owed { transaction: timers::index(at), cseq, until }
        } else {
            Pending::Nothing
        };
        if !owed {
            self.send_ack(session, at, cseq, &Content::EMPTY, now);
        }
        self.set_session_timer(session);
        let message = OwnedMessage::from(message);
        self.event(Event::Accepted { session, fork: Fork(0), message, owed });
    }

    /// A 2xx nobody wants any more: from another branch, or after the user gave up. RFC 3261 §13.2.2.4.
    fn stray_success(&mut self, at: usize, message: &Message<'_>, now: Instant) {
        let mut dialog = self.dialog_of(at, message);
        let cseq = dialog.local_cseq;
        self.send_dialog_ack(&dialog, None, at, cseq, &Content::EMPTY, now);
        let lines =
            self.transactions.get_mut(at).map(|held| std::mem::take(&mut held.reply)).unwrap_or_default();
        let session = self.transactions.get(at).and_then(|transaction| transaction.session);
        self.send_bye(&mut dialog, session, &lines, &Content::EMPTY, now);
        self.pool.give(lines);
    }

    /// A 2xx to a re-INVITE in a session that has ended since: its BYE is on its way already.
    fn ack_only(&mut self, at: usize, message: &Message<'_>, now: Instant) {
        let dialog = self.dialog_of(at, message);
        let cseq = dialog.local_cseq;
        self.send_dialog_ack(&dialog, None, at, cseq, &Content::EMPTY, now);
    }

    /// The dialog a 2xx makes; the target of the INVITE stands in for a Contact that is missing.
    fn dialog_of(&mut self, at: usize, message: &Message<'_>) -> Dialog {
        let mut scratch = self.pool.take();
        let sent = self.transactions.get(at);
        let flow = sent.map_or_else(super::send::nowhere, |sent| sent.flow);
        let target = sent.and_then(|sent| sent.bytes.split(|&byte| byte == b' ').nth(1));
        let (side, fallback) = (Side::Caller, target.unwrap_or_default());
        let dialog = Dialog::new(&Birth { message, side, tag: b"", flow, fallback }, &mut scratch);
        self.pool.give(scratch);
        dialog
    }

    /// An INVITE of ours failed, by a response or without one.
    fn invite_refused(&mut self, at: usize, status: u16, message: Option<&Message<'_>>, now: Instant) {
        let Some(transaction) = self.transactions.get(at) else { return };
        let purpose = transaction.purpose;
        let Some(session) = transaction.session else { return };
        let slot = timers::index(at);
        let Some(held) = self.session(session) else { return };
        if !matches!(held.pending, Pending::Sent { transaction } if transaction == slot) {
            return;
        }
        held.pending = Pending::Nothing;
        held.offer = held.offer.after(Step::Theirs, Carrier::Failure, false);
        let is_caller = held.side == Side::Caller;
        let message = message.map(OwnedMessage::from);
        if purpose == Purpose::Invite {
            self.drop_session(session);
            return self.event(Event::Rejected { session, status, message });
        }
        // RFC 3261 §12.2.1.2: the peer is gone.
        if matches!(status, 408 | 481) {
            self.hang_up(session, &Content::EMPTY, now);
            return self.event(Event::Ended { session, why: End::Lost });
        }
        let again = (status == 491).then(|| self.glare_wait(is_caller));
        self.event(Event::OfferRefused { session, status, again, message });
    }

    /// RFC 3261 §14.1: who owns the Call-ID waits 2.1 to 4 s, the other less than 2 s, in steps of 10 ms.
    fn glare_wait(&mut self, is_caller: bool) -> Duration {
        let steps = if is_caller { 210 + self.mint.below(191) } else { self.mint.below(201) };
        Duration::from_millis(u64::from(steps) * 10)
    }

    fn client_failed(&mut self, at: usize, status: u16, now: Instant) {
        let Some(transaction) = self.transactions.get(at) else { return };
        let session = transaction.session;
        match transaction.purpose {
            Purpose::Invite | Purpose::Reinvite => self.invite_refused(at, status, None, now),
            Purpose::Named => {
                let request = self.request_id(at);
                self.event(Event::Response { request, session, status, message: None });
            }
            Purpose::Forgotten | Purpose::Update => {}
        }
    }

    /// The ACK to a failure repeats the INVITE's lines with the To of the response: RFC 3261 §17.1.1.3.
    fn acknowledge_failure(&mut self, at: usize, message: Option<&Message<'_>>, now: Instant) {
        self.keep_head(at);
        let Some(transaction) = self.transactions.get(at) else { return };
        let Some(to) = message.and_then(|message| message.header(Name::To)) else { return };
        let (layout, bytes) = (transaction.layout, &transaction.bytes);
        let mut out = self.pool.take();
        out.extend_from_slice(b"ACK");
        const INVITE: u32 = 6;
        let piece = |from: u32, to: u32| bytes.get(from as usize..to as usize).unwrap_or_default();
        out.extend_from_slice(piece(INVITE, layout.to));
        write::line(&mut out, "To", &crate::message::unfold(to));
        out.extend_from_slice(piece(layout.call_id, layout.cseq_method));
        out.extend_from_slice(b"ACK\r\n");
        out.extend_from_slice(write::NO_BODY);
        self.counters.requests_sent.add(Method::Ack);
        if let Some(transaction) = self.transactions.get_mut(at) {
            let request = std::mem::replace(&mut transaction.bytes, out);
            self.pool.give(request);
        }
        self.send_kept(at, now);
    }

    /// Asks a client INVITE transaction to be cancelled.
    pub(super) fn cancel(&mut self, at: usize, now: Instant) {
        let act = self.drive_client(at, ClientInput::Cancel, now);
        self.client_act(at, act, None, now);
    }

    /// The CANCEL repeats the INVITE's lines, branch included: RFC 3261 §9.1.
    fn send_cancel(&mut self, at: usize, now: Instant) {
        self.keep_head(at);
        let Some(transaction) = self.transactions.get(at) else { return };
        let bytes = &transaction.bytes;
        let mut out = self.pool.take();
        out.extend_from_slice(b"CANCEL");
        out.extend_from_slice(bytes.get(b"INVITE".len()..).unwrap_or_default());
        out.extend_from_slice(b"CANCEL\r\n");
        out.extend_from_slice(&transaction.reply);
        out.extend_from_slice(write::NO_BODY);
        let (flow, session, layout) = (transaction.flow, transaction.session, transaction.layout);
        let key = crate::message::parse(&out)
            .ok()
            .and_then(|message| Some(self.client_key(message.via().ok()?.branch()?, b"CANCEL")));
        let Some(key) = key else { return self.pool.give(out) };
        let (purpose, method) = (Purpose::Forgotten, Method::Cancel);
        let launch = super::calling::Launch { bytes: out, layout, key, flow, purpose, method, session };
        self.launch_alone(launch, now);
    }

    /// An INVITE that is not sent again keeps only what its ACK and CANCEL repeat.
    fn keep_head(&mut self, at: usize) {
        if let Some(transaction) = self.transactions.get_mut(at) {
            transaction.bytes.truncate(transaction.layout.cseq_method as usize);
        }
    }

    /// A request that has its answer is not sent again.
    fn cut(&mut self, at: usize) {
        if let Some(transaction) = self.transactions.get_mut(at) {
            self.pool.give(std::mem::take(&mut transaction.bytes));
        }
    }
}

/// Whether a message carries a session description, whatever its kind.
pub(super) fn is_described(message: &Message<'_>) -> bool {
    !message.body().is_empty()
}
