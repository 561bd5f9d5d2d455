//! Stream connections: opened, shared, counted, and closed when idle, slow or broken.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use slab::Slab;

use super::digest::{Digest, Key, Table};
use super::event::SessionId;
use super::port::{Output, Transmit};
use super::replies::Refusal;
use super::timers::{TimerId, Waiter, index};
use super::{Stack, name, parts};
use crate::message::{Frame, Host, Message, parse};
use crate::transport::{ConnectionId, Flow, Reassembly, Transport};

/// What becomes of a connection.
enum State {
    /// Being opened; what is sent waits.
    Opening { until: Instant, waiting: Vec<(Vec<u8>, Option<SessionId>)>, bytes: usize },
    /// Open.
    Open { reassembly: Reassembly, active: Instant, partial: Option<Instant> },
}

/// One connection.
pub(super) struct Stream {
    serial: u32,
    transport: Transport,
    local: SocketAddr,
    pub(super) remote: SocketAddr,
    /// The address under which its peer also wants requests (RFC 5923).
    alias: Option<Digest>,
    timer: TimerId,
    state: State,
}

impl Stream {
    pub(super) fn is_opening(&self) -> bool {
        matches!(self.state, State::Opening { .. })
    }

    /// Keeps a message until the connection is open; false if there is no room.
    pub(super) fn queue(&mut self, message: Vec<u8>, session: Option<SessionId>, limit: usize) -> bool {
        match &mut self.state {
            State::Opening { waiting, bytes, .. } if *bytes + message.len() <= limit => {
                *bytes += message.len();
                waiting.push((message, session));
                true
            }
            State::Opening { .. } | State::Open { .. } => false,
        }
    }
}

/// Every connection, found by name and by address.
#[derive(Default)]
pub(super) struct Streams {
    slots: Slab<Stream>,
    by_address: Table,
    /// Connections of each peer address.
    counts: Table,
}

const ADDRESS: u8 = 5;
const PEER: u8 = 6;

impl Streams {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn get(&self, connection: ConnectionId) -> Option<&Stream> {
        let (at, serial) = parts(connection.0);
        self.slots.get(at).filter(|stream| stream.serial == serial)
    }

    pub(super) fn get_mut(&mut self, connection: ConnectionId) -> Option<&mut Stream> {
        let (at, serial) = parts(connection.0);
        self.slots.get_mut(at).filter(|stream| stream.serial == serial)
    }

    fn at(&self, slot: u32) -> Option<(ConnectionId, &Stream)> {
        let stream = self.slots.get(slot as usize)?;
        Some((ConnectionId(name(slot, stream.serial)), stream))
    }
}

fn octets(digest: super::digest::Parts, ip: IpAddr) -> super::digest::Parts {
    match ip.to_canonical() {
        IpAddr::V4(v4) => digest.part(&v4.octets()),
        IpAddr::V6(v6) => digest.part(&v6.octets()),
    }
}

fn address(key: Key, transport: Transport, remote: SocketAddr) -> Digest {
    octets(key.digest(ADDRESS), remote.ip())
        .number(u64::from(remote.port()))
        .part(transport.via().as_bytes())
        .finish()
}

fn peer(key: Key, remote: SocketAddr) -> Digest {
    octets(key.digest(PEER), remote.ip()).finish()
}

impl Stack {
    /// A peer has connected to a listener: its name from now on, or `None` if the limits say to close it at once.
    pub fn connection_accepted(
        &mut self,
        transport: Transport,
        local: SocketAddr,
        remote: SocketAddr,
        now: Instant,
    ) -> Option<ConnectionId> {
        let reassembly = Reassembly::new(self.config.limits.message_bytes);
        let state = State::Open { reassembly, active: now, partial: None };
        let connection = self.add_stream(transport, local, remote, state);
        if connection.is_none() {
            self.counters.dropped.connection_refused += 1;
        }
        self.set_stream_timer(connection?);
        connection
    }

    /// An open connection to the flow's remote address, or one asked for now.
    pub(super) fn connection_to(&mut self, flow: &Flow, now: Instant) -> Option<ConnectionId> {
        let digest = address(self.key, flow.transport, flow.remote);
        if let Some((connection, _)) =
            self.streams.by_address.get(&digest).and_then(|&slot| self.streams.at(slot))
        {
            return Some(connection);
        }
        let until = now + self.config.limits.connecting;
        let state = State::Opening { until, waiting: Vec::new(), bytes: 0 };
        let connection = self.add_stream(flow.transport, flow.local, flow.remote, state)?;
        self.set_stream_timer(connection);
        self.outputs.push_back(Output::Connect {
            connection,
            transport: flow.transport,
            local: flow.local,
            remote: flow.remote,
        });
        Some(connection)
    }

    fn add_stream(
        &mut self,
        transport: Transport,
        local: SocketAddr,
        remote: SocketAddr,
        state: State,
    ) -> Option<ConnectionId> {
        let limits = &self.config.limits;
        let count = self.streams.counts.entry(peer(self.key, remote)).or_insert(0);
        if self.streams.slots.len() >= limits.connections || *count as usize >= limits.connections_per_address
        {
            if *count == 0 {
                self.streams.counts.remove(&peer(self.key, remote));
            }
            return None;
        }
        *count += 1;
        let serial = self.next_serial();
        let entry = self.streams.slots.vacant_entry();
        let slot = index(entry.key());
        let timer = self.timers.create(Waiter::Connection(slot));
        entry.insert(Stream { serial, transport, local, remote, alias: None, timer, state });
        self.streams.by_address.insert(address(self.key, transport, remote), slot);
        self.counters.connections += 1;
        Some(ConnectionId(name(slot, serial)))
    }

    fn set_stream_timer(&mut self, connection: ConnectionId) {
        let idle = self.config.limits.idle;
        let Some(stream) = self.streams.get(connection) else { return };
        let at = match &stream.state {
            State::Opening { until, .. } => *until,
            State::Open { active, partial: None, .. } => *active + idle,
            State::Open { active, partial: Some(partial), .. } => (*active + idle).min(*partial),
        };
        self.timers.set(stream.timer, Some(at));
    }

    /// The owner opened what was asked for: what waited goes out.
    pub(super) fn connected(&mut self, connection: ConnectionId, now: Instant) {
        let reassembly = Reassembly::new(self.config.limits.message_bytes);
        let open = State::Open { reassembly, active: now, partial: None };
        let Some(stream) = self.streams.get_mut(connection) else { return };
        if !stream.is_opening() {
            return;
        }
        let flow = Flow {
            transport: stream.transport,
            local: stream.local,
            remote: stream.remote,
            connection: Some(connection),
        };
        if let State::Opening { waiting, .. } = std::mem::replace(&mut stream.state, open) {
            for (bytes, session) in waiting {
                self.send(flow, bytes, session, now);
            }
        }
        self.set_stream_timer(connection);
    }

    /// A connection ended or could not be opened: what depended on it fails now.
    pub(super) fn closed(&mut self, connection: ConnectionId, now: Instant) {
        if self.drop_stream(connection) {
            self.connection_failed(connection, now);
        }
    }

    fn drop_stream(&mut self, connection: ConnectionId) -> bool {
        if self.streams.get(connection).is_none() {
            return false;
        }
        let (at, _) = parts(connection.0);
        let slot = index(at);
        let gone = self.streams.slots.remove(at);
        self.timers.remove(gone.timer);
        for digest in [Some(address(self.key, gone.transport, gone.remote)), gone.alias].into_iter().flatten()
        {
            if self.streams.by_address.get(&digest) == Some(&slot) {
                self.streams.by_address.remove(&digest);
            }
        }
        let peer = peer(self.key, gone.remote);
        if let Some(count) = self.streams.counts.get_mut(&peer) {
            *count -= 1;
            if *count == 0 {
                self.streams.counts.remove(&peer);
            }
        }
        self.counters.connections -= 1;
        true
    }

    /// We close a connection.
    fn close_stream(&mut self, connection: ConnectionId, now: Instant) {
        if self.drop_stream(connection) {
            self.counters.dropped.connection_closed += 1;
            self.outputs.push_back(Output::Close { connection });
            self.connection_failed(connection, now);
        }
    }

    /// A connection's timer fired.
    pub(super) fn stream_timeout(&mut self, slot: u32, now: Instant) {
        let idle = self.config.limits.idle;
        let Some((connection, stream)) = self.streams.at(slot) else { return };
        let over = match &stream.state {
            State::Opening { until, .. } => now >= *until,
            State::Open { active, partial, .. } => {
                now >= *active + idle || partial.is_some_and(|partial| now >= partial)
            }
        };
        if over { self.close_stream(connection, now) } else { self.set_stream_timer(connection) }
    }

    /// Bytes arrived on a connection.
    pub(super) fn stream(&mut self, connection: ConnectionId, segment: &[u8], now: Instant) {
        let Some(stream) = self.streams.get_mut(connection) else { return };
        let flow = Flow {
            transport: stream.transport,
            local: stream.local,
            remote: stream.remote,
            connection: Some(connection),
        };
        let State::Open { reassembly, active, .. } = &mut stream.state else { return };
        *active = now;
        let fresh = Reassembly::new(self.config.limits.message_bytes);
        let mut reassembly = std::mem::replace(reassembly, fresh);
        let was_partial = reassembly.is_partial();
        let joined = reassembly.join(segment);
        let mut rest = joined.as_deref().unwrap_or(segment);
        let mut progress = false;
        loop {
            let taken = match reassembly.next(rest) {
                Frame::Incomplete => break,
                Frame::Complete { len } => {
                    self.receive(rest.get(..len).unwrap_or_default(), flow, now);
                    len
                }
                Frame::KeepAlive { len, ping } => {
                    if ping {
                        self.pong(flow, now);
                    }
                    len
                }
                Frame::Broken { head, .. } => {
                    self.broken(rest.get(..head).unwrap_or_default(), &flow, now);
                    return self.close_stream(connection, now);
                }
            };
            rest = rest.get(taken..).unwrap_or_default();
            progress = true;
        }
        self.wait_for_rest(connection, reassembly, rest, progress || !was_partial, now);
    }

    /// Keeps what is left of a segment, and lets its message take only so long.
    fn wait_for_rest(
        &mut self,
        connection: ConnectionId,
        mut reassembly: Reassembly,
        rest: &[u8],
        anew: bool,
        now: Instant,
    ) {
        let deadline = now + self.config.limits.partial;
        // The connection may have been closed by what was received.
        let Some(stream) = self.streams.get_mut(connection) else { return };
        let State::Open { reassembly: place, partial, .. } = &mut stream.state else { return };
        reassembly.keep(rest);
        *place = reassembly;
        *partial = match (rest.is_empty(), *partial) {
            (true, _) => None,
            (false, Some(since)) if !anew => Some(since),
            (false, _) => Some(deadline),
        };
        self.set_stream_timer(connection);
    }

    /// RFC 5626 §3.5.1.
    fn pong(&mut self, flow: Flow, now: Instant) {
        self.counters.keep_alives += 1;
        let mut out = self.pool.take();
        out.extend_from_slice(b"\r\n");
        if flow.connection.is_some_and(|connection| self.streams.get(connection).is_some()) {
            self.outputs.push_back(Output::Send(Transmit {
                transport: flow.transport,
                local: flow.local,
                destination: flow.remote,
                connection: flow.connection,
                bytes: out,
                session: None,
            }));
        } else {
            self.send(flow, out, None, now);
        }
    }

    /// Answers a head whose body cannot be found, before the connection is closed.
    fn broken(&mut self, head: &[u8], flow: &Flow, now: Instant) {
        self.trace(false, flow, head, None);
        match parse(head) {
            Ok(message) if message.is_request() => self.refuse(&message, flow, Refusal::new(400), now),
            Ok(_) | Err(_) => self.counters.dropped.unparsable += 1,
        }
    }

    /// RFC 5923: a peer that asks for it gets its requests on the connection it opened, if the address in its
    /// Via is the one it really has.
    pub(super) fn note_alias(&mut self, message: &Message<'_>, flow: &Flow) {
        let Some(connection) = flow.connection else { return };
        let Ok(via) = message.via() else { return };
        let Host::Address(ip) = via.host else { return };
        if ip != flow.remote.ip() || via.params.get("alias").is_none() {
            return;
        }
        let port = via.port.unwrap_or(flow.transport.default_port());
        let digest = address(self.key, flow.transport, SocketAddr::new(ip, port));
        let Some(stream) = self.streams.get_mut(connection) else { return };
        if stream.alias.is_none() && !self.streams.by_address.contains_key(&digest) {
            let (at, _) = parts(connection.0);
            self.streams.by_address.insert(digest, index(at));
            if let Some(stream) = self.streams.get_mut(connection) {
                stream.alias = Some(digest);
            }
        }
    }
}
