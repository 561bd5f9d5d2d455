//! What goes in and what comes out.

use std::net::SocketAddr;

use super::event::{Event, SessionId};
use crate::transport::{ConnectionId, Transport};

/// What the owner tells a stack.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A datagram arrived.
    Datagram {
        /// The listener it came to.
        local: SocketAddr,
        /// Who sent it.
        source: SocketAddr,
        /// The whole datagram.
        bytes: &'a [u8],
    },
    /// The connection asked for by [`Output::Connect`] is open.
    Connected {
        /// Which.
        connection: ConnectionId,
    },
    /// Bytes arrived on a connection.
    Stream {
        /// Which.
        connection: ConnectionId,
        /// Any part of the stream.
        bytes: &'a [u8],
    },
    /// A connection ended, or could not be opened.
    Closed {
        /// Which.
        connection: ConnectionId,
    },
    /// A datagram could not be delivered (ICMP, or the socket refused it).
    TransportError {
        /// The listener it left from.
        local: SocketAddr,
        /// Where it should have gone.
        destination: SocketAddr,
    },
    /// Time has passed; see [`Stack::poll_timeout`](super::Stack::poll_timeout).
    Timeout,
}

/// What a stack wants from its owner.
#[derive(Debug)]
pub enum Output {
    /// Send this message.
    Send(Transmit),
    /// Open a connection; answer with [`Input::Connected`] or [`Input::Closed`].
    Connect {
        /// Its name from now on.
        connection: ConnectionId,
        /// The transport.
        transport: Transport,
        /// The listener on whose behalf; its address family and interface count, not its port.
        local: SocketAddr,
        /// Where to.
        remote: SocketAddr,
    },
    /// Send what is under way on this connection and close it. No [`Input::Closed`] is needed.
    Close {
        /// Which.
        connection: ConnectionId,
    },
    /// Something happened that the user must know.
    Event(Event),
    /// A message passed; only if asked for by [`Config::trace`](super::Config::trace).
    Trace(Box<Trace>),
}

/// A message to send.
#[derive(Debug)]
pub struct Transmit {
    /// The transport.
    pub transport: Transport,
    /// The listener to send from.
    pub local: SocketAddr,
    /// Where to.
    pub destination: SocketAddr,
    /// The connection, on a stream.
    pub connection: Option<ConnectionId>,
    /// The message; give it back with [`Stack::recycle`](super::Stack::recycle).
    pub bytes: Vec<u8>,
    /// The session it belongs to, if any.
    pub session: Option<SessionId>,
}

/// A message that passed, for ladders and captures.
#[derive(Debug)]
pub struct Trace {
    /// Whether we sent it.
    pub sent: bool,
    /// The session it belongs to, if that was known.
    pub session: Option<SessionId>,
    /// The transport.
    pub transport: Transport,
    /// Our address.
    pub local: SocketAddr,
    /// The peer's address.
    pub remote: SocketAddr,
    /// The message.
    pub bytes: Vec<u8>,
}
