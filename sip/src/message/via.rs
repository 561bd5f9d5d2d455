//! The Via header: where a request came by and where its responses go (RFC 3261 §20.42, RFC 3581).

use std::net::IpAddr;

use super::bytes::{self, Scan, TOKEN};
use super::host::{self, Host};
use super::params::Params;

/// A branch that begins so is a transaction's key (RFC 3261 §8.1.1.7).
pub const MAGIC_COOKIE: &[u8] = b"z9hG4bK";

/// The transport a Via names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP
    Udp,
    /// TCP
    Tcp,
    /// TLS over TCP
    Tls,
    /// SCTP
    Sctp,
    /// WebSocket (RFC 7118)
    Ws,
    /// WebSocket over TLS
    Wss,
    /// Any other token.
    Other,
}

impl Transport {
    /// The transport of this token, whatever its case.
    pub fn from_bytes(token: &[u8]) -> Transport {
        const NAMES: [Transport; 6] =
            [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Sctp, Transport::Ws, Transport::Wss];
        NAMES
            .into_iter()
            .find(|transport| transport.name().as_bytes().eq_ignore_ascii_case(token))
            .unwrap_or(Transport::Other)
    }

    /// The token.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Sctp => "SCTP",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
            Transport::Other => "OTHER",
        }
    }
}

/// One Via.
#[derive(Clone, Copy, Debug)]
pub struct Via<'a> {
    /// The version's number as written: `2.0`.
    pub version: &'a [u8],
    /// The transport.
    pub transport: Transport,
    /// The host of `sent-by`.
    pub host: Host<'a>,
    /// The port of `sent-by`, if written.
    pub port: Option<u16>,
    /// What follows.
    pub params: Params<'a>,
}

impl<'a> Via<'a> {
    /// Reads one Via; broken parameters are left to [`Params::are_sound`].
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::new(bytes::trim(value));
        let protocol = scan.run(TOKEN);
        if !protocol.eq_ignore_ascii_case(b"SIP") {
            return None;
        }
        slash(&mut scan)?;
        let version = scan.run(TOKEN);
        slash(&mut scan)?;
        let transport = scan.run(TOKEN);
        if version.is_empty()
            || transport.is_empty()
            || !scan.peek().is_some_and(|byte| bytes::is(byte, bytes::SPACE))
        {
            return None;
        }
        scan.space();
        let host = host::take(&mut scan)?;
        let port = host::take_port(&mut scan)?;
        scan.space();
        if !matches!(scan.peek(), None | Some(b';' | b',')) {
            return None;
        }
        let transport = Transport::from_bytes(transport);
        Some(Via { version, transport, host, port, params: Params::new(scan.rest()) })
    }

    /// The branch.
    pub fn branch(&self) -> Option<&'a [u8]> {
        self.params.value("branch")
    }

    /// The branch, if it is one of RFC 3261 and so a key by itself.
    pub fn key(&self) -> Option<&'a [u8]> {
        self.branch().filter(|branch| branch.len() > MAGIC_COOKIE.len() && branch.starts_with(MAGIC_COOKIE))
    }

    /// Where the request was received from, if a server along the way wrote it.
    pub fn received(&self) -> Option<IpAddr> {
        Host::parse(self.params.value("received")?)?.address()
    }

    /// RFC 3581: outer `None` if absent, inner if it asks to be filled in.
    pub fn rport(&self) -> Option<Option<u16>> {
        let value = self.params.get("rport")?.value;
        Some(value.and_then(|digits| u16::try_from(bytes::number(digits, u64::from(u16::MAX))?).ok()))
    }

    /// The multicast or fixed address responses go to.
    pub fn maddr(&self) -> Option<Host<'a>> {
        Host::parse(self.params.value("maddr")?)
    }

    /// The multicast time to live.
    pub fn ttl(&self) -> Option<u8> {
        u8::try_from(bytes::number(self.params.value("ttl")?, 255)?).ok()
    }

    /// Whether the version, the parameters and the magic cookie are as RFC 3261 has them.
    pub fn is_sound(&self) -> bool {
        self.version == b"2.0"
            && self.params.are_sound()
            && self.branch().is_none_or(|branch| branch != MAGIC_COOKIE)
    }
}

/// `SLASH`, white space around it allowed.
fn slash(scan: &mut Scan<'_>) -> Option<()> {
    scan.space();
    if !scan.eat(b'/') {
        return None;
    }
    scan.space();
    Some(())
}
