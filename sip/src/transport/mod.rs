//! Where messages come from and go to: transports, connections, flows.

mod reassembly;
mod reply;

use std::net::SocketAddr;

pub(crate) use reassembly::Reassembly;
pub(crate) use reply::reply_address;

/// A transport we speak. TLS and WebSocket will stand here too; whatever differs is asked of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
}

impl Transport {
    /// Whether the transport itself delivers everything once and in order (RFC 3261 §17).
    pub fn is_reliable(self) -> bool {
        match self {
            Self::Udp => false,
            Self::Tcp => true,
        }
    }

    /// The token of a Via.
    pub fn via(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        }
    }

    /// The port meant where none is written (RFC 3261 §18.2.1).
    pub fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
        }
    }

    /// The transport named by a `transport` parameter, in any case.
    pub fn from_parameter(value: &[u8]) -> Option<Self> {
        [Self::Udp, Self::Tcp].into_iter().find(|t| value.eq_ignore_ascii_case(t.via().as_bytes()))
    }
}

/// A stream connection's name; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionId(pub(crate) u64);

impl ConnectionId {
    /// The name as a number, unique in its stack.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// The way between us and one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The transport.
    pub transport: Transport,
    /// Our listener's address.
    pub local: SocketAddr,
    /// The peer's address; for a reply on a stream, where to connect if the connection is gone.
    pub remote: SocketAddr,
    /// The connection, on a stream.
    pub connection: Option<ConnectionId>,
}
