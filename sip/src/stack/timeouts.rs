//! Time and failing transports.

use std::net::SocketAddr;
use std::time::Instant;

use super::Stack;
use super::timers::Waiter;
use super::transactions::Machine;
use crate::transaction::{ClientInput, ServerInput};
use crate::transport::{ConnectionId, Flow, Transport};

impl Stack {
    /// Wakes everyone who is due.
    pub(super) fn timeout(&mut self, now: Instant) {
        while let Some(waiter) = self.timers.pop(now) {
            match waiter {
                Waiter::Transaction(slot) => self.transaction_timeout(slot as usize, now),
                Waiter::Session(slot) => self.session_timeout(slot as usize, now),
                Waiter::Connection(slot) => self.stream_timeout(slot, now),
            }
        }
    }

    fn transaction_timeout(&mut self, at: usize, now: Instant) {
        match self.transactions.get(at).map(|transaction| transaction.machine) {
            Some(Machine::InviteClient(_) | Machine::Client(_)) => {
                let act = self.drive_client(at, ClientInput::Timeout, now);
                self.client_act(at, act, None, now);
            }
            Some(Machine::InviteServer(_) | Machine::Server(_)) => {
                let act = self.drive_server(at, ServerInput::Timeout, now);
                self.server_act(at, act, now);
            }
            None => {}
        }
    }

    /// ICMP said that nobody is there: every request under way to that address fails (RFC 3261 §18.4).
    pub(super) fn undeliverable(&mut self, local: SocketAddr, destination: SocketAddr, now: Instant) {
        self.fail(now, |flow| {
            flow.transport == Transport::Udp && flow.remote == destination && flow.local == local
        });
    }

    /// A connection is gone: every request under way on it fails, or goes by UDP if its length alone brought it there.
    pub(super) fn connection_failed(&mut self, connection: ConnectionId, now: Instant) {
        self.fail(now, |flow| flow.connection == Some(connection));
    }

    /// Fails the requests nobody has answered; those that were answered at least once did arrive.
    fn fail(&mut self, now: Instant, concerns: impl Fn(&Flow) -> bool) {
        let hit = |slot: &u32| self.transactions.get(*slot as usize).is_some_and(|held| concerns(&held.flow));
        let hit: Vec<u32> = self.unheard.iter().copied().filter(hit).collect();
        for at in hit {
            let at = at as usize;
            let Some(transaction) = self.transactions.get(at) else { continue };
            if transaction.for_length {
                self.go_back_to_datagrams(at, now);
                continue;
            }
            let act = self.drive_client(at, ClientInput::TransportError, now);
            self.client_act(at, act, None, now);
        }
    }

    /// RFC 3261 §18.1.1: a peer without TCP gets the long request by UDP after all.
    fn go_back_to_datagrams(&mut self, at: usize, now: Instant) {
        let Some(transaction) = self.transactions.get_mut(at) else { return };
        transaction.for_length = false;
        transaction.flow.transport = Transport::Udp;
        transaction.flow.connection = None;
        let flow = transaction.flow;
        let flow = self.aim(flow);
        let Some(transaction) = self.transactions.get_mut(at) else { return };
        transaction.flow = flow;
        let via = transaction.layout.transport as usize;
        if let Some(name) = transaction.bytes.get_mut(via..via + 3) {
            name.copy_from_slice(b"UDP");
        }
        self.restart(at, now);
        self.send_kept(at, now);
    }
}
