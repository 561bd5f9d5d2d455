//! The transactions a stack holds, found by branch, each with one timer.

use std::time::Instant;

use super::digest::{Digest, Parts};
use super::event::{RequestId, SessionId};
use super::mint::Token;
use super::timers::{TimerId, Waiter, index};
use super::{Stack, name, parts};
use crate::message::{Host, Message, Method, Name, Via};
use crate::transaction::{
    Client, ClientAct, ClientInput, InviteClient, InviteServer, Server, ServerAct, ServerInput,
};
use crate::transport::Flow;

/// One of the four machines.
#[derive(Clone, Copy, Debug)]
pub(super) enum Machine {
    InviteClient(InviteClient),
    InviteServer(InviteServer),
    Client(Client),
    Server(Server),
}

impl Machine {
    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::InviteClient(machine) => machine.deadline(),
            Self::InviteServer(machine) => machine.deadline(),
            Self::Client(machine) => machine.deadline(),
            Self::Server(machine) => machine.deadline(),
        }
    }

    fn is_over(&self) -> bool {
        match self {
            Self::InviteClient(machine) => *machine == InviteClient::Terminated,
            Self::InviteServer(machine) => *machine == InviteServer::Terminated,
            Self::Client(machine) => *machine == Client::Terminated,
            Self::Server(machine) => *machine == Server::Terminated,
        }
    }
}

/// Why a transaction is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// An INVITE that begins a session.
    Invite,
    /// An INVITE inside one.
    Reinvite,
    /// BYE and CANCEL: nobody waits for the outcome.
    Forgotten,
    /// A request the user knows by name, ours or the peer's.
    Named,
    /// An UPDATE of the peer's.
    Update,
}

/// Where the parts that ACK and CANCEL repeat stand in a request of ours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Layout {
    /// Where the transport's name stands in the Via.
    pub(super) transport: u32,
    /// Where the To line begins.
    pub(super) to: u32,
    /// Where the Call-ID line begins.
    pub(super) call_id: u32,
    /// Where the CSeq's method begins.
    pub(super) cseq_method: u32,
}

/// An ACK to a 2xx, for when the 2xx comes again.
#[derive(Debug)]
pub(super) struct SentAck {
    /// Of the To tag.
    pub(super) tag: Digest,
    pub(super) flow: Flow,
    pub(super) bytes: Box<[u8]>,
}

/// One transaction.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) machine: Machine,
    pub(super) purpose: Purpose,
    pub(super) method: Method,
    pub(super) serial: u32,
    pub(super) key: Digest,
    merged: Option<Digest>,
    timer: TimerId,
    pub(super) flow: Flow,
    pub(super) session: Option<SessionId>,
    /// Client: the request, cut to what ACK and CANCEL need once it need not be sent again; then the ACK.
    /// Server: the last response.
    pub(super) bytes: Vec<u8>,
    /// Server: the lines that begin every response, until the final one is sent.
    pub(super) reply: Vec<u8>,
    /// Client: where things stand in `bytes`.
    pub(super) layout: Layout,
    /// Server: our tag.
    pub(super) tag: Option<Token>,
    /// Client INVITE: ACKs to its 2xx responses.
    pub(super) acks: Vec<SentAck>,
    /// Client: went to TCP for its length; goes back to UDP if that cannot be opened.
    pub(super) for_length: bool,
    /// Client: its place among those nobody has answered yet.
    unheard: Option<u32>,
}

/// What a new transaction begins with.
#[derive(Clone, Copy)]
pub(super) struct Begin {
    pub(super) machine: Machine,
    pub(super) purpose: Purpose,
    pub(super) method: Method,
    pub(super) key: Digest,
    pub(super) merged: Option<Digest>,
    pub(super) flow: Flow,
    pub(super) session: Option<SessionId>,
}

const BY_BRANCH: u8 = 1;
const BY_CONTENT: u8 = 2;
const OURS: u8 = 3;
const MERGED: u8 = 4;

impl Stack {
    /// Keeps a new transaction and starts its timer.
    pub(super) fn begin(&mut self, begin: Begin) -> usize {
        let serial = self.next_serial();
        let is_client = matches!(begin.machine, Machine::InviteClient(_) | Machine::Client(_));
        let unheard = is_client.then(|| index(self.unheard.len()));
        let entry = self.transactions.vacant_entry();
        let at = entry.key();
        let slot = index(at);
        let timer = self.timers.create(Waiter::Transaction(slot));
        self.timers.set(timer, begin.machine.deadline());
        self.by_branch.insert(begin.key, slot);
        if let Some(merged) = begin.merged {
            self.merged.insert(merged, slot);
        }
        entry.insert(Transaction {
            machine: begin.machine,
            purpose: begin.purpose,
            method: begin.method,
            serial,
            key: begin.key,
            merged: begin.merged,
            timer,
            flow: begin.flow,
            session: begin.session,
            bytes: Vec::new(),
            reply: Vec::new(),
            layout: Layout::default(),
            tag: None,
            acks: Vec::new(),
            for_length: false,
            unheard,
        });
        if is_client {
            self.unheard.push(slot);
        }
        self.counters.transactions += 1;
        at
    }

    /// Starts a client transaction's machine anew, on the transport it now has.
    pub(super) fn restart(&mut self, at: usize, now: Instant) {
        let Some(transaction) = self.transactions.get_mut(at) else { return };
        let reliable = transaction.flow.transport.is_reliable();
        let timing = &self.config.timing;
        match &mut transaction.machine {
            Machine::InviteClient(machine) => *machine = InviteClient::start(timing, reliable, now),
            Machine::Client(machine) => *machine = Client::start(timing, reliable, now),
            Machine::InviteServer(_) | Machine::Server(_) => {}
        }
        self.timers.set(transaction.timer, transaction.machine.deadline());
    }

    /// Gives an input to a client transaction.
    pub(super) fn drive_client(&mut self, at: usize, input: ClientInput, now: Instant) -> ClientAct {
        let Some(transaction) = self.transactions.get_mut(at) else { return ClientAct::Nothing };
        let reliable = transaction.flow.transport.is_reliable();
        let timing = &self.config.timing;
        let act = match &mut transaction.machine {
            Machine::InviteClient(machine) => machine.handle(input, timing, reliable, now),
            Machine::Client(machine) => machine.handle(input, timing, reliable, now),
            Machine::InviteServer(_) | Machine::Server(_) => return ClientAct::Nothing,
        };
        self.timers.set(transaction.timer, transaction.machine.deadline());
        if matches!(input, ClientInput::Response(_)) {
            self.hear(at);
        }
        act
    }

    /// A transaction is answered: a transport that fails from now on changes nothing for it.
    fn hear(&mut self, at: usize) {
        let Some(place) = self.transactions.get_mut(at).and_then(|transaction| transaction.unheard.take())
        else {
            return;
        };
        self.leave_unheard(place);
    }

    fn leave_unheard(&mut self, place: u32) {
        if place as usize >= self.unheard.len() {
            return;
        }
        self.unheard.swap_remove(place as usize);
        let moved = self.unheard.get(place as usize).copied();
        if let Some(transaction) = moved.and_then(|moved| self.transactions.get_mut(moved as usize)) {
            transaction.unheard = Some(place);
        }
    }

    /// Gives an input to a server transaction.
    pub(super) fn drive_server(&mut self, at: usize, input: ServerInput, now: Instant) -> ServerAct {
        let Some(transaction) = self.transactions.get_mut(at) else { return ServerAct::Nothing };
        let reliable = transaction.flow.transport.is_reliable();
        let timing = &self.config.timing;
        let act = match &mut transaction.machine {
            Machine::InviteServer(machine) => machine.handle(input, timing, reliable, now),
            Machine::Server(machine) => machine.handle(input, timing, reliable, now),
            Machine::InviteClient(_) | Machine::Client(_) => return ServerAct::Nothing,
        };
        self.timers.set(transaction.timer, transaction.machine.deadline());
        act
    }

    /// Lets go of a transaction whose machine has ended.
    pub(super) fn sweep(&mut self, at: usize) {
        if self.transactions.get(at).is_some_and(|transaction| transaction.machine.is_over()) {
            let gone = self.transactions.remove(at);
            self.forget(gone, at);
        }
    }

    fn forget(&mut self, gone: Transaction, at: usize) {
        self.timers.remove(gone.timer);
        if let Some(place) = gone.unheard {
            self.leave_unheard(place);
        }
        let slot = index(at);
        if self.by_branch.get(&gone.key) == Some(&slot) {
            self.by_branch.remove(&gone.key);
        }
        if let Some(merged) = gone.merged
            && self.merged.get(&merged) == Some(&slot)
        {
            self.merged.remove(&merged);
        }
        self.pool.give(gone.bytes);
        self.pool.give(gone.reply);
        self.counters.transactions -= 1;
    }

    /// Whether there is room for one more; requests inside a dialog may use a reserve.
    pub(super) fn has_room(&self, in_dialog: bool) -> bool {
        let most = self.config.limits.transactions;
        self.transactions.len() < if in_dialog { most.saturating_add(most / 4) } else { most }
    }

    /// The transaction of a request the user knows by name.
    pub(super) fn named(&self, request: RequestId) -> Option<usize> {
        let (at, serial) = parts(request.0);
        let transaction = self.transactions.get(at)?;
        (transaction.serial == serial && transaction.purpose == Purpose::Named).then_some(at)
    }

    /// The name of a transaction.
    pub(super) fn request_id(&self, at: usize) -> RequestId {
        RequestId(name(index(at), self.transactions.get(at).map_or(0, |transaction| transaction.serial)))
    }

    /// Where a server transaction is found: by branch, sent-by and method (RFC 3261 §17.2.3), or for an older
    /// client by everything it repeats. An ACK is found under its INVITE.
    pub(super) fn server_key(&self, message: &Message<'_>, via: &Via<'_>, method: Method) -> Digest {
        let counted = if method == Method::Ack { Method::Invite } else { method };
        let Some(branch) = via.key() else { return self.old_server_key(message, counted) };
        let digest = host(self.key.digest(BY_BRANCH).token(branch), &via.host);
        let digest = digest.number(u64::from(via.port.unwrap_or(5060)));
        self.with_method(digest, message, counted)
    }

    fn old_server_key(&self, message: &Message<'_>, counted: Method) -> Digest {
        let digest = self
            .key
            .digest(BY_CONTENT)
            .part(message.uri_bytes())
            .part(message.from().ok().and_then(|from| from.tag()).unwrap_or_default())
            .part(message.call_id().unwrap_or_default())
            .part(message.values(Name::Via).next().unwrap_or_default())
            .number(message.cseq().map_or(0, |cseq| u64::from(cseq.number)));
        // The To tag of an ACK is that of our response: compared on its own.
        let digest = if matches!(counted, Method::Invite | Method::Cancel) {
            digest
        } else {
            digest.part(message.to().ok().and_then(|to| to.tag()).unwrap_or_default())
        };
        self.with_method(digest, message, counted)
    }

    fn with_method(&self, digest: Parts, message: &Message<'_>, counted: Method) -> Digest {
        let digest = digest.number(counted as u64);
        if counted == Method::Other { digest.part(message.method_bytes()).finish() } else { digest.finish() }
    }

    /// Where a client transaction is found: by branch and method (RFC 3261 §17.1.3).
    pub(super) fn client_key(&self, branch: &[u8], method: &[u8]) -> Digest {
        self.key.digest(OURS).token(branch).part(method).finish()
    }

    /// What two copies of one request that came by different ways have in common: RFC 3261 §8.2.2.2.
    pub(super) fn merged_key(&self, message: &Message<'_>) -> Option<Digest> {
        let from = message.from().ok()?;
        let cseq = message.cseq().ok()?;
        let digest = self
            .key
            .digest(MERGED)
            .part(message.call_id().ok()?)
            .part(from.tag().unwrap_or_default())
            .number(u64::from(cseq.number))
            .part(cseq.method_bytes);
        Some(digest.finish())
    }
}

fn host(digest: Parts, host: &Host<'_>) -> Parts {
    match host {
        Host::Name(name) => digest.token(name),
        Host::Address(std::net::IpAddr::V4(v4)) => digest.part(&v4.octets()),
        Host::Address(std::net::IpAddr::V6(v6)) => digest.part(&v6.octets()),
    }
}
