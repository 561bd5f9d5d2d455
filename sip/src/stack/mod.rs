//! The stack: one owner of every transaction, dialog, session and connection; inputs in, outputs out.

mod answering;
mod calling;
mod config;
mod content;
mod counters;
mod digest;
mod ending;
mod event;
mod in_dialog;
mod mid_call;
mod mint;
mod pool;
mod port;
mod receive;
mod replies;
mod requests;
mod responses;
mod send;
mod sessions;
mod streams;
mod timeouts;
mod timers;
mod transactions;
mod write;

use std::collections::VecDeque;
use std::time::Instant;

use slab::Slab;

pub use config::{Config, Limits, Listener};
pub use content::{Body, Content, Destination, Header, Invite, Request};
pub use counters::{ByMethod, ByStatus, Counters, Dropped};
pub use event::{End, Event, Fork, Misuse, RequestId, SessionId};
pub use port::{Input, Output, Trace, Transmit};

use crate::message::Capabilities;
use crate::transport::{Flow, Transport};
use digest::{Key, Table};
use mint::Mint;
use pool::Pool;
use send::Listening;
use sessions::Session;
use streams::Streams;
use timers::Timers;
use transactions::Transaction;

/// RFC 3261 for one control thread. Give it inputs, then take outputs until there are none.
///
/// ```text
/// loop {
///     stack.handle_input(input, now);
///     while let Some(output) = stack.poll_output() { … }
///     wait for input, or until stack.poll_timeout(), then Input::Timeout
/// }
/// ```
pub struct Stack {
    config: Config,
    listeners: Vec<Listening>,
    mint: Mint,
    key: Key,
    transactions: Slab<Transaction>,
    /// Transactions by branch (or what stood for it before RFC 3261).
    by_branch: Table,
    /// Server transactions outside dialogs by From tag, Call-ID and CSeq: RFC 3261 §8.2.2.2.
    merged: Table,
    /// Client transactions without any response: those a failing transport concerns.
    unheard: Vec<u32>,
    sessions: Slab<Session>,
    /// Sessions by Call-ID and our tag.
    by_dialog: Table,
    streams: Streams,
    timers: Timers,
    outputs: VecDeque<Output>,
    pool: Pool,
    counters: Counters,
    /// Counts everything that gets a name, so that no name comes twice.
    serial: u32,
    /// The values of our `Allow`, `Supported` and `Accept`.
    abilities: Abilities,
    draining: bool,
    /// The session of the message at hand, for the trace.
    touched: Option<SessionId>,
}

impl Stack {
    /// A stack at rest; everything it mints follows from `seed`.
    pub fn new(config: Config, seed: [u8; 32]) -> Self {
        let mut mint = Mint::new(seed, config.shard);
        let key = mint.key();
        Self {
            listeners: config.listeners.iter().map(Listening::new).collect(),
            mint,
            key,
            transactions: Slab::new(),
            by_branch: Table::default(),
            merged: Table::default(),
            unheard: Vec::new(),
            sessions: Slab::new(),
            by_dialog: Table::default(),
            streams: Streams::default(),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            pool: Pool::default(),
            counters: Counters::default(),
            serial: 0,
            abilities: Abilities::new(&config.capabilities),
            draining: false,
            touched: None,
            config,
        }
    }

    /// Takes one input. Afterwards drain [`poll_output`](Self::poll_output).
    pub fn handle_input(&mut self, input: Input<'_>, now: Instant) {
        match input {
            Input::Datagram { local, source, bytes } => {
                let flow = Flow { transport: Transport::Udp, local, remote: source, connection: None };
                self.receive(bytes, flow, now);
            }
            Input::Connected { connection } => self.connected(connection, now),
            Input::Stream { connection, bytes } => self.stream(connection, bytes, now),
            Input::Closed { connection } => self.closed(connection, now),
            Input::TransportError { local, destination } => self.undeliverable(local, destination, now),
            Input::Timeout => self.timeout(now),
        }
    }

    /// The next thing to do, oldest first.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Timeout`] is wanted next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Takes back the buffer of a [`Transmit`] that has been sent.
    pub fn recycle(&mut self, buffer: Vec<u8>) {
        self.pool.give(buffer);
    }

    /// What passed so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether nothing is held: no transaction, no session, no timer but those of idle connections.
    pub fn at_rest(&self) -> bool {
        self.transactions.is_empty()
            && self.sessions.is_empty()
            && self.by_branch.is_empty()
            && self.by_dialog.is_empty()
            && self.merged.is_empty()
            && self.unheard.is_empty()
            && self.outputs.is_empty()
            && self.timers.running() <= self.streams.len()
    }

    /// While draining, OPTIONS get 503. New calls still come as events: it is the user who refuses them, since
    /// he also records them.
    pub fn set_draining(&mut self, draining: bool) {
        self.draining = draining;
    }

    /// Switches [`Output::Trace`] on or off.
    pub fn set_trace(&mut self, trace: bool) {
        self.config.trace = trace;
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn next_serial(&mut self) -> u32 {
        self.serial = self.serial.wrapping_add(1);
        self.serial
    }
}

/// Header values that say what we can do, written once.
struct Abilities {
    allow: Vec<u8>,
    supported: Vec<u8>,
    accept: Vec<u8>,
}

impl Abilities {
    fn new(can: &Capabilities) -> Self {
        let methods: Vec<&str> = can.methods.iter().map(|method| method.name()).collect();
        Self {
            allow: methods.join(", ").into_bytes(),
            supported: can.extensions.join(", ").into_bytes(),
            accept: can.content_types.join(", ").into_bytes(),
        }
    }
}

/// A name: a slot and the serial number of who sits there.
fn name(slot: u32, serial: u32) -> u64 {
    u64::from(serial) << 32 | u64::from(slot)
}

/// The slot and serial number of a name.
fn parts(name: u64) -> (usize, u32) {
    ((name & 0xffff_ffff) as usize, (name >> 32) as u32)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::start;
