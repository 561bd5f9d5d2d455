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

/// A dialog, compact: one allocation, however long the call.
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    /// The Route, From, To and Call-ID lines of a request of ours, then the URIs and the tag.
    text: Box<[u8]>,
    marks: Marks,
    /// The way to the next hop.
    pub(crate) flow: Flow,
    /// The sequence number of our last request.
    pub(crate) local_cseq: u32,
    /// The sequence number of the peer's last request.
    pub(crate) remote_cseq: Option<u32>,
}

/// Where the parts of a dialog's text begin; each ends where the next begins.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    /// Behind the Route lines.
    from: u32,
    to: u32,
    call_id: u32,
    /// The peer's tag; empty for a peer older than RFC 3261.
    tag: u32,
    /// The URI of a first route that is a strict router: it stands in the Request-URI (RFC 3261 §12.2.1.1).
    strict: u32,
    /// The remote target, which a refresh may change.
    target: u32,
}

/// Where To and Call-ID stand in a request, for the ACK and CANCEL that repeat its lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub(crate) to: u32,
    pub(crate) call_id: u32,
}

/// How we came by a dialog.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Birth<'a> {
    /// For the caller its response with a To tag, for the callee its request.
    pub(crate) message: &'a Message<'a>,
    /// Which of them we are.
    pub(crate) side: Side,
    /// The tag a callee mints.
    pub(crate) tag: &'a [u8],
    /// The way the message came.
    pub(crate) flow: Flow,
    /// The target if the peer gave no usable Contact; if empty, the URI of its From or To.
    pub(crate) fallback: &'a [u8],
}

impl Dialog {
    /// The dialog a message begins; `scratch` is for writing in and left empty.
    pub(crate) fn new(birth: &Birth<'_>, scratch: &mut Vec<u8>) -> Self {
        let (message, side) = (birth.message, birth.side);
        let (first, strict) = write_routes(message, side, scratch);
        let mut marks = Marks { from: mark(scratch), ..Marks::default() };
        let (ours, theirs) = match side {
            Side::Caller => (message.header(Name::From), message.header(Name::To)),
            Side::Callee => (message.header(Name::To), message.header(Name::From)),
        };
        scratch.extend_from_slice(b"From: ");
        scratch.extend_from_slice(&unfold(ours.unwrap_or_default()));
        match side {
            Side::Caller => scratch.extend_from_slice(b"\r\n"),
            Side::Callee => line(scratch, b";tag=", birth.tag, b""),
        }
        marks.to = mark(scratch);
        line(scratch, b"To: ", &unfold(theirs.unwrap_or_default()), b"");
        marks.call_id = mark(scratch);
        line(scratch, b"Call-ID: ", message.call_id().unwrap_or_default(), b"");

        let peer = theirs.and_then(NameAddr::parse);
        marks.tag = mark(scratch);
        scratch.extend_from_slice(peer.and_then(|peer| peer.tag()).unwrap_or_default());
        marks.strict = mark(scratch);
        scratch.extend_from_slice(strict);
        marks.target = mark(scratch);
        let peer_uri = peer.map(|peer| peer.uri_bytes).unwrap_or_default();
        let fallback = if birth.fallback.is_empty() { peer_uri } else { birth.fallback };
        let target = contact(message).unwrap_or(fallback);
        scratch.extend_from_slice(target);

        let text: Box<[u8]> = scratch.as_slice().into();
        scratch.clear();
        let flow = next_hop(first.unwrap_or(target), birth.flow);
        let cseq = message.cseq().map_or(0, |cseq| cseq.number);
        let (local_cseq, remote_cseq) = match side {
            Side::Caller => (cseq, None),
            Side::Callee => (0, Some(cseq)),
        };
        Self { text, marks, flow, local_cseq, remote_cseq }
    }

    /// The Request-URI of our requests.
    pub(crate) fn request_uri(&self) -> &[u8] {
        if self.has_strict_route() { self.piece(self.marks.strict, self.marks.target) } else { self.target() }
    }

    /// The peer's tag; empty for a peer older than RFC 3261.
    pub(crate) fn remote_tag(&self) -> &[u8] {
        self.piece(self.marks.tag, self.marks.strict)
    }

    /// Appends the Route, From, To and Call-ID lines.
    pub(crate) fn write_lines(&self, out: &mut Vec<u8>) -> Places {
        let marks = &self.marks;
        out.extend_from_slice(self.piece(0, marks.from));
        if self.has_strict_route() {
            line(out, b"Route: <", self.target(), b">");
        }
        let base = mark(out);
        out.extend_from_slice(self.piece(marks.from, marks.tag));
        let shifted = |at: u32| base.saturating_add(at.saturating_sub(marks.from));
        Places { to: shifted(marks.to), call_id: shifted(marks.call_id) }
    }

    /// A target refresh: the peer's Contact of now on (RFC 3261 §12.2.1.2, §12.2.2).
    pub(crate) fn refresh(&mut self, message: &Message<'_>) {
        let Some(target) = contact(message).filter(|target| *target != self.target()) else { return };
        self.text = [self.piece(0, self.marks.target), target].concat().into();
        if self.marks.from == 0 && !self.has_strict_route() {
            self.flow = next_hop(target, self.flow);
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

    fn target(&self) -> &[u8] {
        self.text.get(self.marks.target as usize..).unwrap_or_default()
    }

    fn has_strict_route(&self) -> bool {
        self.marks.strict != self.marks.target
    }

    fn piece(&self, from: u32, to: u32) -> &[u8] {
        self.text.get(from as usize..to as usize).unwrap_or_default()
    }
}

/// Writes the route set as Route lines, in the order of our requests (RFC 3261 §12.1). Tells its first URI, and that
/// URI again, instead of its line, if it is a strict router's.
fn write_routes<'a>(message: &Message<'a>, side: Side, out: &mut Vec<u8>) -> (Option<&'a [u8]>, &'a [u8]) {
    let uri = |route| NameAddr::parse(route).and_then(|route| route.uri());
    let mut routes: Vec<Uri<'_>> =
        message.values(Name::RecordRoute).take(ROUTES_MAX).filter_map(uri).collect();
    if side == Side::Caller {
        routes.reverse();
    }
    let first = routes.first().map(|first| first.bytes);
    let strict = routes.first().filter(|first| !first.is_loose()).map(|first| first.bytes);
    for route in routes.iter().skip(usize::from(strict.is_some())) {
        line(out, b"Route: <", route.bytes, b">");
    }
    (first, strict.unwrap_or_default())
}

fn contact<'a>(message: &Message<'a>) -> Option<&'a [u8]> {
    let uri = message.contact().ok()?.uri()?;
    uri.is_sip().then_some(uri.bytes)
}

/// The way to a URI: its address and transport if they stand in it. A name would need DNS: until the owner finds
/// it, requests keep to the way the peer's message came.
fn next_hop(uri: &[u8], fallback: Flow) -> Flow {
    let Some(uri) = Uri::parse(uri) else { return fallback };
    let host = uri.param_value("maddr").and_then(Host::parse).or(uri.host);
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

fn mark(text: &[u8]) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
