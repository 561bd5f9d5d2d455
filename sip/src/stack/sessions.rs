//! The sessions a stack holds: one INVITE each and the dialog it made.

use std::time::Instant;

use super::digest::Digest;
use super::event::{Misuse, SessionId};
use super::mint::Token;
use super::timers::{TimerId, Waiter, index};
use super::{Stack, name, parts, write};
use crate::dialog::{Dialog, Side};
use crate::session::{OfferAnswer, Unacknowledged};
use crate::transport::{Flow, Transport};

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// No 2xx yet.
    Early,
    /// Answered.
    Confirmed,
    /// The user has ended it, but a BYE must wait for the ACK to our 2xx (RFC 3261 §15).
    Ending,
}

/// The INVITE under way in a session, if any: there is never more than one.
#[derive(Debug)]
pub(super) enum Pending {
    /// None.
    Nothing,
    /// The peer's, in this transaction, waits for the user.
    Received { transaction: u32 },
    /// The peer's was answered with this 2xx, which waits for its ACK.
    Answered { cseq: u32, ok: Vec<u8>, flow: Flow, wait: Unacknowledged },
    /// Ours, in this transaction, waits for the peer.
    Sent { transaction: u32 },
    /// Ours was answered with an offer: the user owes the ACK until then.
    Owed { transaction: u32, cseq: u32, until: Instant },
}

/// A branch of our INVITE that has rung.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) tag: Box<[u8]>,
    pub(super) remote_cseq: Option<u32>,
}

/// One session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) serial: u32,
    pub(super) side: Side,
    pub(super) phase: Phase,
    pub(super) pending: Pending,
    pub(super) offer: OfferAnswer,
    /// The peer's UPDATE that waits for the user.
    pub(super) update: Option<u32>,
    /// Once there is one; a caller has none before the 2xx.
    pub(super) dialog: Option<Dialog>,
    /// Of a caller, before the 2xx.
    pub(super) branches: Vec<Branch>,
    /// Of Call-ID and our tag.
    pub(super) key: Digest,
    pub(super) tag: Token,
    /// The user part of our Contact.
    pub(super) contact: Token,
    timer: TimerId,
    /// Header lines of a BYE that waits.
    pub(super) farewell: Vec<u8>,
    /// When the call has lasted too long.
    pub(super) expires: Option<Instant>,
}

/// What a new session begins with.
pub(super) struct NewSession {
    pub(super) side: Side,
    pub(super) offer: OfferAnswer,
    pub(super) key: Digest,
    pub(super) tag: Token,
    pub(super) contact: Token,
    pub(super) dialog: Option<Dialog>,
}

impl Stack {
    /// Every session held that its user has not ended, for an audit.
    pub fn session_ids(&self) -> Vec<SessionId> {
        let live = self.sessions.iter().filter(|(_, held)| held.phase != Phase::Ending);
        live.map(|(at, held)| SessionId(name(index(at), held.serial))).collect()
    }

    pub(super) fn add_session(&mut self, new: NewSession) -> SessionId {
        let serial = self.next_serial();
        let entry = self.sessions.vacant_entry();
        let slot = index(entry.key());
        let timer = self.timers.create(Waiter::Session(slot));
        self.by_dialog.insert(new.key, slot);
        entry.insert(Session {
            serial,
            side: new.side,
            phase: Phase::Early,
            pending: Pending::Nothing,
            offer: new.offer,
            update: None,
            dialog: new.dialog,
            branches: Vec::new(),
            key: new.key,
            tag: new.tag,
            contact: new.contact,
            timer,
            farewell: Vec::new(),
            expires: None,
        });
        self.counters.sessions += 1;
        SessionId(name(slot, serial))
    }

    /// A session still held, whether or not the user has ended it.
    pub(super) fn session(&mut self, session: SessionId) -> Option<&mut Session> {
        let (at, serial) = parts(session.0);
        self.sessions.get_mut(at).filter(|held| held.serial == serial)
    }

    /// A session the user may still speak of.
    pub(super) fn live(&mut self, session: SessionId) -> Result<&mut Session, Misuse> {
        self.session(session).filter(|held| held.phase != Phase::Ending).ok_or(Misuse::Gone)
    }

    /// The name of the session in a slot.
    pub(super) fn session_id(&self, slot: u32) -> Option<SessionId> {
        self.sessions.get(slot as usize).map(|held| SessionId(name(slot, held.serial)))
    }

    /// Lets go of a session. Its transactions go on alone.
    pub(super) fn drop_session(&mut self, session: SessionId) -> Option<Session> {
        let (at, serial) = parts(session.0);
        if self.sessions.get(at).is_none_or(|held| held.serial != serial) {
            return None;
        }
        let mut gone = self.sessions.remove(at);
        self.timers.remove(gone.timer);
        self.by_dialog.remove(&gone.key);
        self.counters.sessions -= 1;
        if let Pending::Answered { ok, .. } = &mut gone.pending {
            self.pool.give(std::mem::take(ok));
        }
        Some(gone)
    }

    /// Sets the session's timer to whatever it waits for.
    pub(super) fn set_session_timer(&mut self, session: SessionId) {
        let Some(held) = self.session(session) else { return };
        let pending = match &held.pending {
            Pending::Nothing | Pending::Received { .. } | Pending::Sent { .. } => None,
            Pending::Answered { wait, .. } => Some(wait.deadline()),
            Pending::Owed { until, .. } => Some(*until),
        };
        let at = [pending, held.expires].into_iter().flatten().min();
        let timer = held.timer;
        self.timers.set(timer, at);
    }

    /// Where a session is found: by Call-ID and our tag.
    pub(super) fn dialog_key(&self, call_id: &[u8], tag: &[u8]) -> Digest {
        const DIALOG: u8 = 8;
        self.key.digest(DIALOG).part(call_id).part(tag).finish()
    }

    /// The Contact line of a session on a way.
    pub(super) fn contact_line(&mut self, contact: &Token, flow: &Flow) -> Vec<u8> {
        let mut line = self.pool.take();
        line.extend_from_slice(b"Contact: <sip:");
        line.extend_from_slice(contact.as_bytes());
        line.push(b'@');
        line.extend_from_slice(self.shown(flow.transport, flow.local));
        match flow.transport {
            Transport::Udp => {}
            Transport::Tcp => line.extend_from_slice(b";transport=tcp"),
        }
        line.extend_from_slice(b">\r\n");
        line
    }

    /// Writes a request of ours up to `Max-Forwards`; tells where the Via's transport stands, and the branch's key.
    pub(super) fn write_head(
        &mut self,
        out: &mut Vec<u8>,
        method: &[u8],
        uri: &[u8],
        flow: &Flow,
        max_forwards: u8,
    ) -> (u32, Digest) {
        let branch = self.mint.branch();
        out.extend_from_slice(method);
        out.push(b' ');
        out.extend_from_slice(uri);
        out.extend_from_slice(b" SIP/2.0\r\nVia: SIP/2.0/");
        let transport = index(out.len());
        out.extend_from_slice(flow.transport.via().as_bytes());
        out.push(b' ');
        out.extend_from_slice(self.shown(flow.transport, flow.local));
        out.extend_from_slice(b";branch=");
        out.extend_from_slice(branch.as_bytes());
        out.extend_from_slice(b";rport\r\n");
        write::numbered(out, "Max-Forwards", u64::from(max_forwards));
        let key = self.client_key(branch.as_bytes(), if method == b"ACK" { b"INVITE" } else { method });
        (transport, key)
    }
}
