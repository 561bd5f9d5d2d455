//! A dialog: the lines every request in it carries, where they go, and the two sequence numbers (RFC 3261 §12).

use std::net::SocketAddr;

use crate::message::{Host, Message, Name, NameAddr, Uri, unfold};
use crate::transport::{Flow, Transport};

/// Which end of the first request we were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// We sent it.
    Caller,
    /// We received it.
    Callee,
}

/// The most routes we keep; a longer set is cut.
const ROUTES_MAX: usize = 32;

/// A dialog, compact: a few allocations, however long the call.
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    /// The Route, From, To and Call-ID lines of a request of ours.
    lines: Box<[u8]>,
    /// Where From begins in `lines`: behind the routes.
    from: u16,
    /// Where To begins.
    to: u16,
    /// Where Call-ID begins.
    call_id: u16,
    /// A first route that is a strict router: it stands in the Request-URI (RFC 3261 §12.2.1.1).
    strict: Option<Box<[u8]>>,
    /// The remote target.
    target: Box<[u8]>,
    /// The peer's tag; empty for a peer older than RFC 3261.
    pub(crate) remote_tag: Box<[u8]>,
    /// The way to the next hop.
    pub(crate) flow: Flow,
    /// The sequence number of our last request.
    pub(crate) local_cseq: u32,
    /// The sequence number of the peer's last request.
    pub(crate) remote_cseq: Option<u32>,
}

/// Where the parts of `lines` begin, for whoever writes a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    pub(crate) to: u16,
    pub(crate) call_id: u16,
}

impl Dialog {
    /// The dialog a message begins: for the caller its response with a To tag, for the callee its request, `tag`
    /// being the one the callee mints. `fallback` is the target if the peer gave no usable Contact.
    pub(crate) fn new(message: &Message<'_>, side: Side, tag: &[u8], flow: Flow, fallback: &[u8]) -> Self {
        let mut lines = Vec::with_capacity(512);
        let routes: Vec<&[u8]> = message.values(Name::RecordRoute).take(ROUTES_MAX).collect();
        let ordered: Box<dyn Iterator<Item = &&[u8]>> = match side {
            Side::Caller => Box::new(routes.iter().rev()),
            Side::Callee => Box::new(routes.iter()),
        };
        let mut strict = None;
        let mut first = None;
        for route in ordered {
            let Some(uri) = NameAddr::parse(route).and_then(|route| route.uri()) else { continue };
            if first.is_none() {
                first = Some(uri.bytes);
                if !uri.is_loose() {
                    strict = Some(uri.bytes.into());
                    continue;
                }
            }
            line(&mut lines, b"Route: <", uri.bytes, b">");
        }
        let from = mark(&lines);
        let (ours, theirs) = match side {
            Side::Caller => (Name::From, Name::To),
            Side::Callee => (Name::To, Name::From),
        };
        let ours = unfold(message.header(ours).unwrap_or_default());
        let theirs_value = unfold(message.header(theirs).unwrap_or_default());
        match side {
            Side::Caller => line(&mut lines, b"From: ", &ours, b""),
            Side::Callee => {
                lines.extend_from_slice(b"From: ");
                lines.extend_from_slice(&ours);
                line(&mut lines, b";tag=", tag, b"");
            }
        }
        let to = mark(&lines);
        line(&mut lines, b"To: ", &theirs_value, b"");
        let call_id = mark(&lines);
        line(&mut lines, b"Call-ID: ", message.call_id().unwrap_or_default(), b"");
        let peer = match side {
            Side::Caller => message.to(),
            Side::Callee => message.from(),
        };
        let cseq = message.cseq().map_or(0, |cseq| cseq.number);
        let peer_uri = peer.as_ref().map(|peer| peer.uri_bytes).unwrap_or_default();
        let fallback = if fallback.is_empty() { peer_uri } else { fallback };
        let target = contact(message).unwrap_or(fallback);
        let mut dialog = Self {
            lines: lines.into(),
            from,
            to,
            call_id,
            strict,
            target: target.into(),
            remote_tag: peer.ok().and_then(|peer| peer.tag()).unwrap_or_default().into(),
            flow,
            local_cseq: if side == Side::Caller { cseq } else { 0 },
            remote_cseq: (side == Side::Callee).then_some(cseq),
        };
        dialog.flow = next_hop(first.unwrap_or(target), flow);
        dialog
    }

    /// The Request-URI of our requests.
    pub(crate) fn request_uri(&self) -> &[u8] {
        self.strict.as_deref().unwrap_or(&self.target)
    }

    /// Appends the Route, From, To and Call-ID lines.
    pub(crate) fn write_lines(&self, out: &mut Vec<u8>) -> Parts {
        let (routes, rest) = self.lines.split_at_checked(usize::from(self.from)).unwrap_or_default();
        out.extend_from_slice(routes);
        if self.strict.is_some() {
            line(out, b"Route: <", &self.target, b">");
        }
        let base = mark(out);
        out.extend_from_slice(rest);
        let shifted = |at: u16| base.saturating_add(at.saturating_sub(self.from));
        Parts { to: shifted(self.to), call_id: shifted(self.call_id) }
    }

    /// A target refresh: the peer's Contact of now on (RFC 3261 §12.2.1.2, §12.2.2).
    pub(crate) fn refresh(&mut self, message: &Message<'_>, flow: &Flow) {
        let Some(target) = contact(message) else { return };
        if *self.target != *target {
            self.target = target.into();
            if self.from == 0 && self.strict.is_none() {
                self.flow = next_hop(target, Flow { local: flow.local, ..self.flow });
            }
        }
    }

    /// Counts a request of ours.
    pub(crate) fn next_cseq(&mut self) -> u32 {
        self.local_cseq = self.local_cseq.saturating_add(1);
        self.local_cseq
    }

    /// Whether a request of the peer's is in order: gaps are legal, going back is not (RFC 3261 §12.2.2).
    pub(crate) fn takes(&mut self, cseq: u32) -> bool {
        if self.remote_cseq.is_some_and(|last| cseq < last) {
            return false;
        }
        self.remote_cseq = Some(cseq);
        true
    }
}

fn contact<'a>(message: &Message<'a>) -> Option<&'a [u8]> {
    let uri = message.contact().ok()?.uri()?;
    uri.is_sip().then_some(uri.bytes)
}

/// The way to a URI: its address and transport if they stand in it; a name needs the owner's DNS, so until the
/// owner says otherwise requests keep to the way the peer's message came.
fn next_hop(uri: &[u8], fallback: Flow) -> Flow {
    let Some(uri) = Uri::parse(uri) else { return fallback };
    let host = match uri.param_value("maddr").and_then(Host::parse) {
        Some(maddr) => Some(maddr),
        None => uri.host,
    };
    let Some(ip) = host.and_then(|host| host.address()) else { return fallback };
    let transport = match uri.param_value("transport") {
        Some(named) => Transport::from_parameter(named).unwrap_or(fallback.transport),
        // RFC 3263 §4.1 means UDP; but a peer that came by a stream can be reached by one.
        None if ip == fallback.remote.ip() => fallback.transport,
        None => Transport::Udp,
    };
    let remote = SocketAddr::new(ip, uri.port.unwrap_or(transport.default_port()));
    let same = transport == fallback.transport && remote == fallback.remote;
    Flow { transport, remote, connection: fallback.connection.filter(|_| same), ..fallback }
}

fn line(out: &mut Vec<u8>, name: &[u8], value: &[u8], end: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(value);
    out.extend_from_slice(end);
    out.extend_from_slice(b"\r\n");
}

fn mark(lines: &[u8]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}
