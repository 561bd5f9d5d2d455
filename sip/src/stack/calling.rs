//! Requests of ours: INVITE and what follows it, and any other.

use std::time::Instant;

use super::content::{Content, Invite, Request};
use super::digest::Digest;
use super::event::{Misuse, RequestId, SessionId};
use super::sessions::{NewSession, Pending};
use super::transactions::{Begin, Layout, Machine, Purpose, SentAck};
use super::{Stack, write};
use crate::dialog::{Dialog, Side};
use crate::message::Method;
use crate::session::{Carrier, OfferAnswer, Step};
use crate::transaction::{Client, ClientInput, InviteClient};
use crate::transport::{Flow, Transport};

/// A finished request, ready to go.
pub(super) struct Launch {
    pub(super) bytes: Vec<u8>,
    pub(super) layout: Layout,
    pub(super) key: Digest,
    pub(super) flow: Flow,
    pub(super) purpose: Purpose,
    pub(super) method: Method,
    pub(super) session: Option<SessionId>,
}

/// Max-Forwards of requests inside a dialog: RFC 3261 §8.1.1.6.
const MAX_FORWARDS: u8 = 70;
/// Where our sequence numbers begin.
const FIRST_CSEQ: u32 = 1;

impl Stack {
    /// Makes a call.
    ///
    /// # Errors
    /// [`Misuse::Unwritable`], [`Misuse::NoListener`], [`Misuse::Full`].
    pub fn invite(&mut self, invite: &Invite<'_>, now: Instant) -> Result<SessionId, Misuse> {
        write::check(&invite.content)?;
        let sound = write::is_uri(invite.target) && write::is_line(invite.from) && write::is_line(invite.to);
        if !sound || !invite.routes.iter().all(|route| write::is_uri(route)) {
            return Err(Misuse::Unwritable);
        }
        if self.sessions.len() >= self.config.limits.sessions || !self.has_room(false) {
            return Err(Misuse::Full);
        }
        let flow = self.flow_to(&invite.destination)?;
        let (tag, call_id, contact) = (self.mint.token(), self.mint.call_id(), self.mint.token());
        let key = self.dialog_key(call_id.as_bytes(), tag.as_bytes());
        let described = invite.content.body.is_some();
        let offer = OfferAnswer::Settled.after(Step::Ours, Carrier::Invite, described);
        let new = NewSession { side: Side::Caller, offer, key, tag, contact, dialog: None };
        let session = self.add_session(new);

        let mut out = self.pool.take();
        let (transport, key) =
            self.write_head(&mut out, b"INVITE", invite.target, &flow, invite.max_forwards);
        for route in invite.routes {
            out.extend_from_slice(b"Route: <");
            out.extend_from_slice(route);
            out.extend_from_slice(b">\r\n");
        }
        let mut layout = Layout { transport, ..Layout::default() };
        write_from(&mut out, invite.from, tag.as_bytes());
        layout.to = mark(&out);
        write::line(&mut out, "To", invite.to);
        layout.call_id = mark(&out);
        write::line(&mut out, "Call-ID", call_id.as_bytes());
        layout.cseq_method = write_cseq(&mut out, FIRST_CSEQ, b"INVITE");
        let line = self.contact_line(&contact, &flow);
        out.extend_from_slice(&line);
        self.pool.give(line);
        self.write_us(&mut out, true);
        write::content(&mut out, &invite.content);
        let (purpose, method) = (Purpose::Invite, Method::Invite);
        let launch = Launch { bytes: out, layout, key, flow, purpose, method, session: Some(session) };
        let at = self.launch(launch, |held, transaction| held.pending = Pending::Sent { transaction }, now);
        debug_assert!(at.is_some() || self.session(session).is_none());
        Ok(session)
    }

    /// Sends a request outside any session; its answer comes as [`Event::Response`](super::Event::Response).
    ///
    /// # Errors
    /// [`Misuse::Unwritable`], [`Misuse::NoListener`], [`Misuse::Full`]; [`Misuse::WrongState`] for a method that
    /// has its own way in.
    pub fn request_outside(&mut self, request: &Request<'_>, now: Instant) -> Result<RequestId, Misuse> {
        write::check(&request.content)?;
        let sound =
            write::is_uri(request.target) && write::is_line(request.from) && write::is_line(request.to);
        let method = free_method(request.method)?;
        if !sound {
            return Err(Misuse::Unwritable);
        }
        if !self.has_room(false) {
            return Err(Misuse::Full);
        }
        let flow = self.flow_to(&request.destination)?;
        let (tag, call_id, contact) = (self.mint.token(), self.mint.call_id(), self.mint.token());
        let mut out = self.pool.take();
        let (transport, key) =
            self.write_head(&mut out, request.method.as_bytes(), request.target, &flow, request.max_forwards);
        write_from(&mut out, request.from, tag.as_bytes());
        write::line(&mut out, "To", request.to);
        write::line(&mut out, "Call-ID", call_id.as_bytes());
        write_cseq(&mut out, FIRST_CSEQ, request.method.as_bytes());
        let line = self.contact_line(&contact, &flow);
        out.extend_from_slice(&line);
        self.pool.give(line);
        self.write_us(&mut out, false);
        write::content(&mut out, &request.content);
        let layout = Layout { transport, ..Layout::default() };
        let launch = Launch { bytes: out, layout, key, flow, purpose: Purpose::Named, method, session: None };
        let at = self.launch_alone(launch, now);
        Ok(self.request_id(at))
    }

    /// Acknowledges a 2xx that carried an offer, with the answer.
    ///
    /// # Errors
    /// [`Misuse::Gone`]; [`Misuse::WrongState`] if no ACK is owed; [`Misuse::Unwritable`].
    pub fn acknowledge(
        &mut self,
        session: SessionId,
        content: &Content<'_>,
        now: Instant,
    ) -> Result<(), Misuse> {
        write::check(content)?;
        let held = self.live(session)?;
        let Pending::Owed { transaction, cseq, .. } = held.pending else { return Err(Misuse::WrongState) };
        held.pending = Pending::Nothing;
        held.offer = held.offer.after(Step::Ours, Carrier::Ack, content.body.is_some());
        self.send_ack(session, transaction as usize, cseq, content, now);
        self.set_session_timer(session);
        Ok(())
    }

    /// Sends the ACK to a 2xx and remembers it for as long as the 2xx may come again.
    pub(super) fn send_ack(
        &mut self,
        session: SessionId,
        transaction: usize,
        cseq: u32,
        content: &Content<'_>,
        now: Instant,
    ) {
        let Some(dialog) = self.session(session).and_then(|held| held.dialog.take()) else { return };
        self.send_dialog_ack(&dialog, Some(session), transaction, cseq, content, now);
        if let Some(held) = self.session(session) {
            held.dialog = Some(dialog);
        }
    }

    /// As [`send_ack`](Self::send_ack), for a dialog that may belong to no session.
    pub(super) fn send_dialog_ack(
        &mut self,
        dialog: &Dialog,
        session: Option<SessionId>,
        transaction: usize,
        cseq: u32,
        content: &Content<'_>,
        now: Instant,
    ) {
        let mut out = self.pool.take();
        let mut flow = self.aim(dialog.flow);
        self.write_head(&mut out, b"ACK", dialog.request_uri(), &flow, MAX_FORWARDS);
        dialog.write_lines(&mut out);
        write_cseq(&mut out, cseq, b"ACK");
        write::content(&mut out, content);
        self.counters.requests_sent.add(Method::Ack);
        self.connect(&mut flow, now);
        let tag = self.tag_digest(dialog.remote_tag());
        if let Some(held) = self.transactions.get_mut(transaction)
            && matches!(held.machine, Machine::InviteClient(InviteClient::Accepted { .. }))
        {
            held.acks.push(SentAck { tag, flow, bytes: out.as_slice().into() });
        }
        self.send(flow, out, session, now);
    }

    /// Of a To tag, to tell branches apart.
    pub(super) fn tag_digest(&self, tag: &[u8]) -> Digest {
        const TAG: u8 = 9;
        self.key.digest(TAG).part(tag).finish()
    }

    /// Writes a request inside a dialog, all but headers of the user's and body.
    pub(super) fn write_in_dialog(
        &mut self,
        dialog: &mut Dialog,
        method: &[u8],
    ) -> (Vec<u8>, Layout, Digest) {
        let mut out = self.pool.take();
        let cseq = dialog.next_cseq();
        dialog.flow = self.aim(dialog.flow);
        let (transport, key) =
            self.write_head(&mut out, method, dialog.request_uri(), &dialog.flow, MAX_FORWARDS);
        let places = dialog.write_lines(&mut out);
        let cseq_method = write_cseq(&mut out, cseq, method);
        (out, Layout { transport, to: places.to, call_id: places.call_id, cseq_method }, key)
    }

    /// Ends a dialog; nobody waits for the answer.
    pub(super) fn send_bye(
        &mut self,
        dialog: &mut Dialog,
        session: Option<SessionId>,
        lines: &[u8],
        content: &Content<'_>,
        now: Instant,
    ) {
        let (mut out, layout, key) = self.write_in_dialog(dialog, b"BYE");
        out.extend_from_slice(lines);
        self.write_us(&mut out, false);
        write::content(&mut out, content);
        let (flow, purpose, method) = (dialog.flow, Purpose::Forgotten, Method::Bye);
        self.launch_alone(Launch { bytes: out, layout, key, flow, purpose, method, session }, now);
    }

    /// `Allow`, `Supported` and `User-Agent`.
    pub(super) fn write_us(&self, out: &mut Vec<u8>, with_abilities: bool) {
        if with_abilities {
            write::line(out, "Allow", self.allow());
            if !self.abilities.supported.is_empty() {
                write::line(out, "Supported", &self.abilities.supported);
            }
        }
        if !self.config.agent.is_empty() {
            write::line(out, "User-Agent", &self.config.agent);
        }
    }

    /// Sends a request in a new transaction that its session knows.
    pub(super) fn launch(
        &mut self,
        launch: Launch,
        note: impl FnOnce(&mut super::sessions::Session, u32),
        now: Instant,
    ) -> Option<usize> {
        let session = launch.session;
        let (at, sent) = self.start_client(launch, now);
        if let Some(held) = session.and_then(|session| self.session(session)) {
            note(held, super::timers::index(at));
        }
        self.go(at, sent, now);
        self.transactions.contains(at).then_some(at)
    }

    /// Sends a request in a new transaction that stands alone.
    pub(super) fn launch_alone(&mut self, launch: Launch, now: Instant) -> usize {
        let (at, sent) = self.start_client(launch, now);
        self.go(at, sent, now);
        at
    }

    fn go(&mut self, at: usize, connected: bool, now: Instant) {
        if connected {
            return self.send_kept(at, now);
        }
        let act = self.drive_client(at, ClientInput::TransportError, now);
        self.client_act(at, act, None, now);
    }

    fn start_client(&mut self, mut launch: Launch, now: Instant) -> (usize, bool) {
        let for_length = self.lengthen(&mut launch);
        let mut flow = launch.flow;
        let connected = self.connect(&mut flow, now);
        let reliable = flow.transport.is_reliable();
        let timing = &self.config.timing;
        let machine = if launch.method == Method::Invite {
            Machine::InviteClient(InviteClient::start(timing, reliable, now))
        } else {
            Machine::Client(Client::start(timing, reliable, now))
        };
        self.counters.requests_sent.add(launch.method);
        let at = self.begin(Begin {
            machine,
            purpose: launch.purpose,
            method: launch.method,
            key: launch.key,
            merged: None,
            flow,
            session: launch.session,
        });
        if let Some(transaction) = self.transactions.get_mut(at) {
            transaction.bytes = launch.bytes;
            transaction.layout = launch.layout;
            transaction.for_length = for_length;
        }
        (at, connected)
    }

    /// RFC 3261 §18.1.1: a request too long for a datagram goes by TCP, if we have it.
    fn lengthen(&self, launch: &mut Launch) -> bool {
        let Some(most) = self.config.datagram_bytes_max else { return false };
        if launch.flow.transport != Transport::Udp || launch.bytes.len() <= most {
            return false;
        }
        let Some(local) = self.listener(Transport::Tcp, launch.flow.local, launch.flow.remote.is_ipv4())
        else {
            return false;
        };
        let via = launch.layout.transport as usize;
        let Some(name) = launch.bytes.get_mut(via..via + 3) else { return false };
        name.copy_from_slice(b"TCP");
        launch.flow = Flow { transport: Transport::Tcp, local, ..launch.flow };
        true
    }

    fn flow_to(&self, destination: &super::Destination) -> Result<Flow, Misuse> {
        let ipv4 = destination.remote.is_ipv4();
        let local =
            self.listener(destination.transport, destination.local, ipv4).ok_or(Misuse::NoListener)?;
        Ok(Flow { transport: destination.transport, local, remote: destination.remote, connection: None })
    }
}

/// A method the user may send himself.
pub(super) fn free_method(name: &str) -> Result<Method, Misuse> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(Misuse::Unwritable);
    }
    let method = Method::from_bytes(name.as_bytes());
    if matches!(method, Method::Invite | Method::Ack | Method::Cancel | Method::Bye) {
        return Err(Misuse::WrongState);
    }
    Ok(method)
}

/// The CSeq line; tells where its method begins.
pub(super) fn write_cseq(out: &mut Vec<u8>, number: u32, method: &[u8]) -> u32 {
    out.extend_from_slice(b"CSeq: ");
    write::number(out, u64::from(number));
    out.push(b' ');
    let at = mark(out);
    out.extend_from_slice(method);
    out.extend_from_slice(b"\r\n");
    at
}

fn write_from(out: &mut Vec<u8>, from: &[u8], tag: &[u8]) {
    out.extend_from_slice(b"From: ");
    out.extend_from_slice(from);
    out.extend_from_slice(b";tag=");
    out.extend_from_slice(tag);
    out.extend_from_slice(b"\r\n");
}

fn mark(out: &[u8]) -> u32 {
    u32::try_from(out.len()).unwrap_or(u32::MAX)
}
