//! What a stack is told once: its addresses, its timers, its limits.

use std::net::SocketAddr;
use std::time::Duration;

use crate::message::{Capabilities, Method};
use crate::transaction::Timing;
use crate::transport::Transport;

/// Everything a [`Stack`](super::Stack) is told at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where we listen; requests of ours leave from these too.
    pub listeners: Vec<Listener>,
    /// Goes into every identifier we mint, so that several stacks can share an address; at most 1023.
    pub shard: u16,
    /// Timers T1, T2, T4 and what derives from them.
    pub timing: Timing,
    /// What we hold at most.
    pub limits: Limits,
    /// Requests on UDP longer than this go by TCP if a TCP listener exists (RFC 3261 §18.1.1); `None`: never.
    pub datagram_bytes_max: Option<usize>,
    /// What we take and understand. Methods beyond INVITE, ACK, CANCEL, BYE, OPTIONS and UPDATE come to the user as
    /// [`Event::Request`](super::Event::Request).
    pub capabilities: Capabilities,
    /// The value of `Server` and `User-Agent`; empty: neither is sent.
    pub agent: Vec<u8>,
    /// Whether the owner wants every message sent and received as [`Output::Trace`](super::Output).
    pub trace: bool,
}

/// One listening address.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Its transport.
    pub transport: Transport,
    /// The address as the owner names it in inputs and outputs.
    pub local: SocketAddr,
    /// The host (and port) that peers reach, e.g. behind a NAT: goes into Via and Contact. `None`: `local`.
    pub advertised: Option<String>,
}

/// What a stack holds at most; beyond, it refuses before it allocates.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Sessions, in either direction.
    pub sessions: usize,
    /// Transactions; new requests get a stateless 503 with `Retry-After` beyond.
    pub transactions: usize,
    /// Early dialogs of one INVITE we sent.
    pub forks: usize,
    /// Bytes of one message.
    pub message_bytes: usize,
    /// Stream connections in all.
    pub connections: usize,
    /// Stream connections of one peer address.
    pub connections_per_address: usize,
    /// Bytes waiting for one connection to open.
    pub queued_bytes: usize,
    /// How long a connection may stay silent.
    pub idle: Duration,
    /// How long a connection may take from the first byte of a message to its last.
    pub partial: Duration,
    /// How long a connection may take to open.
    pub connecting: Duration,
    /// How long a call may last; `None`: without end.
    pub call: Option<Duration>,
    /// Seconds in `Retry-After` of a 503.
    pub retry_after_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 50_000,
            transactions: 250_000,
            forks: 16,
            message_bytes: 65_535,
            connections: 4_096,
            connections_per_address: 256,
            queued_bytes: 256 * 1024,
            idle: Duration::from_secs(600),
            partial: Duration::from_secs(10),
            connecting: Duration::from_secs(5),
            call: None,
            retry_after_seconds: 5,
        }
    }
}

/// The methods a stack handles for its user.
const METHODS: &[Method] =
    &[Method::Invite, Method::Ack, Method::Cancel, Method::Bye, Method::Options, Method::Update];

impl Default for Config {
    fn default() -> Self {
        Self {
            listeners: Vec::new(),
            shard: 0,
            timing: Timing::default(),
            limits: Limits::default(),
            datagram_bytes_max: Some(1300),
            capabilities: Capabilities { methods: METHODS, extensions: &[], ..Capabilities::default() },
            agent: Vec::new(),
            trace: false,
        }
    }
}
