//! What the user gives for a message: headers, a body, and where a call should go.

use std::net::SocketAddr;

use crate::transport::Transport;

/// One header the user adds.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// Its name, e.g. from [`Name::as_str`](crate::message::Name::as_str).
    pub name: &'a str,
    /// Its value, in one line.
    pub value: &'a [u8],
}

/// A body.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// The value of `Content-Type`.
    pub content_type: &'a str,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// What the user adds to a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Content<'a> {
    /// Headers beyond those the stack writes.
    pub headers: &'a [Header<'a>],
    /// The body, if any.
    pub body: Option<Body<'a>>,
}

impl<'a> Content<'a> {
    /// Nothing.
    pub const EMPTY: Content<'static> = Content { headers: &[], body: None };

    /// A session description alone.
    pub fn sdp(bytes: &'a [u8]) -> Self {
        Self { headers: &[], body: Some(Body { content_type: "application/sdp", bytes }) }
    }

    /// Headers alone.
    pub fn headers(headers: &'a [Header<'a>]) -> Self {
        Self { headers, body: None }
    }
}

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub struct Destination {
    /// The transport.
    pub transport: Transport,
    /// The listener it leaves from.
    pub local: SocketAddr,
    /// The peer; the owner has found it (RFC 3263).
    pub remote: SocketAddr,
}

/// A call to make.
#[derive(Clone, Copy, Debug)]
pub struct Invite<'a> {
    /// The Request-URI.
    pub target: &'a [u8],
    /// The next hop.
    pub destination: Destination,
    /// From, without tag: `"Name" <sip:1@example.com>`.
    pub from: &'a [u8],
    /// To, without tag.
    pub to: &'a [u8],
    /// URIs of a preloaded route set, each without angle brackets and with its `lr`.
    pub routes: &'a [&'a [u8]],
    /// `Max-Forwards`: 70, or one less than that of the call's other leg.
    pub max_forwards: u8,
    /// Headers and offer; without a body the peer is asked for its offer.
    pub content: Content<'a>,
}

/// A request outside any session.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method's token.
    pub method: &'a str,
    /// The Request-URI.
    pub target: &'a [u8],
    /// The next hop.
    pub destination: Destination,
    /// From, without tag.
    pub from: &'a [u8],
    /// To, without tag.
    pub to: &'a [u8],
    /// `Max-Forwards`.
    pub max_forwards: u8,
    /// Headers and body.
    pub content: Content<'a>,
}
