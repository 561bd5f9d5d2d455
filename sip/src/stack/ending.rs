//! The end of a session, whoever wants it and whenever.

use std::time::Instant;

use super::content::Content;
use super::event::{End, Event, Misuse, SessionId};
use super::sessions::{Pending, Phase};
use super::{Stack, timers, write};
use crate::dialog::Side;
use crate::session::Wait;

impl Stack {
    /// Ends a session as its state asks: CANCEL, BYE, or 480 to a call not yet answered. Nothing more is heard
    /// of it; what is left to do (a CANCEL that must wait, a 200 that crosses it) is done unseen.
    ///
    /// # Errors
    /// [`Misuse::Gone`], [`Misuse::Unwritable`].
    pub fn end(&mut self, session: SessionId, content: &Content<'_>, now: Instant) -> Result<(), Misuse> {
        write::check(content)?;
        let held = self.live(session)?;
        match (held.phase, held.side, &held.pending) {
            (Phase::Early, Side::Callee, _) => self.reject(session, 480, "", content, now),
            (Phase::Early, Side::Caller, Pending::Sent { transaction }) => {
                let at = *transaction as usize;
                self.drop_session(session);
                if let Some(transaction) = self.transactions.get_mut(at) {
                    write_lines(&mut transaction.reply, content);
                }
                self.cancel(at, now);
                Ok(())
            }
            (Phase::Confirmed, _, Pending::Answered { .. }) => {
                // RFC 3261 §15: a callee must not send BYE before the ACK, or before it gives up waiting.
                held.phase = Phase::Ending;
                write_lines(&mut held.farewell, content);
                held.expires = None;
                Ok(())
            }
            (Phase::Early | Phase::Confirmed | Phase::Ending, _, _) => {
                self.hang_up(session, content, now);
                Ok(())
            }
        }
    }

    /// BYE, and whatever else is under way ends.
    pub(super) fn hang_up(&mut self, session: SessionId, content: &Content<'_>, now: Instant) {
        if let Some(held) = self.session(session)
            && let Pending::Owed { transaction, cseq, .. } = held.pending
        {
            self.send_ack(session, transaction as usize, cseq, &Content::EMPTY, now);
        }
        self.settle(session, now);
        let Some(mut gone) = self.drop_session(session) else { return };
        if let Some(dialog) = &mut gone.dialog {
            self.send_bye(dialog, Some(session), &gone.farewell, content, now);
        }
    }

    /// The BYE that waited for an ACK.
    pub(super) fn farewell(&mut self, session: SessionId, now: Instant) {
        self.hang_up(session, &Content::EMPTY, now);
    }

    /// Answers with 487 what the peer has asked and will not hear about otherwise.
    pub(super) fn settle(&mut self, session: SessionId, now: Instant) {
        let Some(held) = self.session(session) else { return };
        let invite = match held.pending {
            Pending::Received { transaction } => Some(transaction),
            Pending::Nothing | Pending::Answered { .. } | Pending::Sent { .. } | Pending::Owed { .. } => None,
        };
        let update = held.update.take();
        for at in [invite, update].into_iter().flatten() {
            self.respond(at as usize, (487, ""), None, &Content::EMPTY, now);
        }
    }

    /// A session's timer fired.
    pub(super) fn session_timeout(&mut self, at: usize, now: Instant) {
        let Some(session) = self.session_id(timers::index(at)) else { return };
        let timing = self.config.timing;
        let Some(held) = self.sessions.get_mut(at) else { return };
        let phase = held.phase;
        if held.expires.is_some_and(|expires| now >= expires) {
            self.hang_up(session, &Content::EMPTY, now);
            return self.event(Event::Ended { session, why: End::Expired });
        }
        let why = match &mut held.pending {
            Pending::Answered { ok, flow, wait, .. } => match wait.timeout(&timing, now) {
                Wait::Longer => None,
                Wait::Repeat => {
                    let (flow, copy) = (*flow, self.pool.copy(ok));
                    self.counters.retransmissions_sent += 1;
                    self.send(flow, copy, Some(session), now);
                    None
                }
                Wait::GiveUp => Some(End::AckTimeout),
            },
            Pending::Owed { until, .. } if now >= *until => Some(End::Unanswered),
            Pending::Owed { .. } | Pending::Nothing | Pending::Received { .. } | Pending::Sent { .. } => None,
        };
        let Some(why) = why else { return self.set_session_timer(session) };
        self.hang_up(session, &Content::EMPTY, now);
        if phase != Phase::Ending {
            self.event(Event::Ended { session, why });
        }
    }
}

fn write_lines(out: &mut Vec<u8>, content: &Content<'_>) {
    for header in content.headers {
        write::line(out, header.name, header.value);
    }
}
