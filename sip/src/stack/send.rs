//! Sending: our addresses, and messages on their way out.

use std::net::SocketAddr;
use std::time::Instant;

use super::config::Listener;
use super::event::SessionId;
use super::port::{Output, Trace, Transmit};
use super::{Stack, write};
use crate::transport::{Flow, Transport};

/// A listener with its address as Via and Contact show it.
pub(super) struct Listening {
    pub(super) transport: Transport,
    pub(super) local: SocketAddr,
    pub(super) shown: Box<[u8]>,
}

impl Listening {
    pub(super) fn new(listener: &Listener) -> Self {
        let mut shown = Vec::new();
        match &listener.advertised {
            Some(advertised) => shown.extend_from_slice(advertised.as_bytes()),
            None => write::socket(&mut shown, listener.local),
        }
        Self { transport: listener.transport, local: listener.local, shown: shown.into() }
    }
}

impl Stack {
    /// Our address on a way, as Via and Contact show it.
    pub(super) fn shown(&self, transport: Transport, local: SocketAddr) -> &[u8] {
        let same = |listening: &&Listening| listening.transport == transport && listening.local == local;
        let port = |listening: &&Listening| listening.local.port() == local.port();
        let found = self.listeners.iter().find(same).or_else(|| self.listeners.iter().find(port));
        found.or(self.listeners.first()).map_or(&[], |listening| &listening.shown)
    }

    /// The listener of this transport and address family that is nearest to `local`.
    pub(super) fn listener(&self, transport: Transport, local: SocketAddr, ipv4: bool) -> Option<SocketAddr> {
        let of =
            |listening: &&Listening| listening.transport == transport && listening.local.is_ipv4() == ipv4;
        let exact = self.listeners.iter().filter(of).find(|listening| listening.local == local);
        let near = || self.listeners.iter().filter(of).find(|listening| listening.local.ip() == local.ip());
        let any = || self.listeners.iter().find(of);
        exact.or_else(near).or_else(any).map(|listening| listening.local)
    }

    /// A dialog's way with the listener it leaves from: a target may change transport and address family.
    pub(super) fn aim(&self, flow: Flow) -> Flow {
        let local = self.listener(flow.transport, flow.local, flow.remote.is_ipv4()).unwrap_or(flow.local);
        Flow { local, ..flow }
    }

    /// Makes sure that a stream flow has a connection; false if the limits forbid one.
    pub(super) fn connect(&mut self, flow: &mut Flow, now: Instant) -> bool {
        match flow.transport {
            Transport::Udp => true,
            Transport::Tcp => {
                if flow.connection.is_some_and(|connection| self.streams.get(connection).is_some()) {
                    return true;
                }
                flow.connection = self.connection_to(flow, now);
                flow.connection.is_some()
            }
        }
    }

    /// Sends bytes along a flow, on a new connection if the old one is gone.
    pub(super) fn send(&mut self, mut flow: Flow, bytes: Vec<u8>, session: Option<SessionId>, now: Instant) {
        if !self.connect(&mut flow, now) {
            self.counters.dropped.unsent += 1;
            return self.pool.give(bytes);
        }
        let mut destination = flow.remote;
        if let Some(connection) = flow.connection {
            let limit = self.config.limits.queued_bytes;
            let Some(stream) = self.streams.get_mut(connection) else { return self.pool.give(bytes) };
            destination = stream.remote;
            if stream.is_opening() {
                if !stream.queue(bytes, session, limit) {
                    self.counters.dropped.unsent += 1;
                }
                return;
            }
        }
        self.trace(true, &Flow { remote: destination, ..flow }, &bytes, session);
        self.outputs.push_back(Output::Send(Transmit {
            transport: flow.transport,
            local: flow.local,
            destination,
            connection: flow.connection,
            bytes,
            session,
        }));
    }

    /// Sends a copy of bytes that are kept.
    pub(super) fn send_copy(&mut self, flow: Flow, bytes: &[u8], session: Option<SessionId>, now: Instant) {
        let copy = self.pool.copy(bytes);
        self.send(flow, copy, session, now);
    }

    /// Sends what a transaction keeps: its request, its response, its ACK.
    pub(super) fn send_kept(&mut self, at: usize, now: Instant) {
        let Some(transaction) = self.transactions.get(at) else { return };
        if transaction.bytes.is_empty() {
            return;
        }
        let (flow, session) = (transaction.flow, transaction.session);
        let copy = self.pool.copy(&transaction.bytes);
        self.send(flow, copy, session, now);
    }

    /// Shows a message to the owner, if he asked for it.
    pub(super) fn trace(&mut self, sent: bool, flow: &Flow, bytes: &[u8], session: Option<SessionId>) {
        if self.config.trace {
            self.outputs.push_back(Output::Trace(Box::new(Trace {
                sent,
                session,
                transport: flow.transport,
                local: flow.local,
                remote: flow.remote,
                bytes: bytes.to_vec(),
            })));
        }
    }
}

/// A flow that leads nowhere.
pub(super) fn nowhere() -> Flow {
    let nobody = SocketAddr::from(([0, 0, 0, 0], 0));
    Flow { transport: Transport::Udp, local: nobody, remote: nobody, connection: None }
}
