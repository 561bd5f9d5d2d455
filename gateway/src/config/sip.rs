//! `sip:` where SIP is spoken, and how much of it.

use std::net::SocketAddr;

use mistakes::Value;

use super::load::{comes_later, limit, section};

/// The most listeners.
const LISTENERS_MAX: usize = 32;

/// Where SIP is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipConfig {
    /// Local addresses; at least one.
    pub listen: Vec<Listener>,
    /// How much of it.
    pub limits: SipLimits,
}

/// One local address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// By which transport.
    pub transport: Transport,
    /// The address; 0.0.0.0 or [::] for every one of the machine.
    pub address: SocketAddr,
}

/// How SIP messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// In datagrams.
    Udp,
    /// In a stream.
    Tcp,
}

impl Transport {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

/// Limits of the whole gateway; trunks have their own besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SipLimits {
    /// Calls at once.
    pub calls: u32,
    /// Calls begun in a second, from anywhere.
    pub calls_per_second: u32,
    /// Requests in a second from one address that is no trunk's; more are dropped.
    pub stranger_requests_per_second: u32,
    /// SIP transactions at once.
    pub transactions: u32,
    /// TCP connections at once.
    pub connections: u32,
    /// TCP connections of one address.
    pub connections_per_address: u32,
}

impl Default for SipLimits {
    fn default() -> Self {
        Self {
            calls: 10_000,
            calls_per_second: 2_000,
            stranger_requests_per_second: 20,
            transactions: 200_000,
            connections: 4_096,
            connections_per_address: 256,
        }
    }
}

pub(super) fn read(value: Value<'_>) -> Option<SipConfig> {
    let map = value.map(&["listen", "limits", "tls"])?;
    comes_later(&map, "tls", "SIP over TLS", "no `tls:` and no `tls:` listener");
    let listen = map.required("listen", listeners);
    let limits = section(&map, "limits", limits);
    Some(SipConfig { listen: listen?, limits: limits? })
}

fn listeners(value: Value<'_>) -> Option<Vec<Listener>> {
    let items = value.items()?;
    if items.is_empty() || items.len() > LISTENERS_MAX {
        let message = format!("{} listeners", items.len());
        value.complain_expected(&message, &format!("1 to {LISTENERS_MAX}, such as \"udp:0.0.0.0:5060\""));
        return None;
    }
    let mut listeners: Vec<Listener> = Vec::new();
    for item in items {
        let Some(listener) = listener(item) else { continue };
        if let Some(other) = listeners.iter().find(|other| clash(other, &listener)) {
            let (transport, address) = (other.transport.word(), other.address);
            item.complain_expected(
                &format!("{transport}:{address} is listened on already"),
                "each address once; 0.0.0.0 stands for every address",
            );
        }
        listeners.push(listener);
    }
    Some(listeners)
}

/// Both cannot be bound: the same transport and port, and the same address or one that stands for all.
fn clash(a: &Listener, b: &Listener) -> bool {
    let (one, other) = (a.address.ip(), b.address.ip());
    let same_family = one.is_ipv4() == other.is_ipv4();
    a.transport == b.transport
        && a.address.port() == b.address.port()
        && (one == other || (same_family && (one.is_unspecified() || other.is_unspecified())))
}

fn listener(value: Value<'_>) -> Option<Listener> {
    let expected = "a transport, an address and a port, such as \"udp:0.0.0.0:5060\" or \"tcp:[::]:5060\"";
    value.parse(expected, |text| {
        let Some((transport, address)) = text.split_once(':') else {
            return Err("no transport is named".to_owned());
        };
        let transport = match transport {
            "udp" => Transport::Udp,
            "tcp" => Transport::Tcp,
            "tls" => return Err("listening with TLS comes in a later version".to_owned()),
            "ws" | "wss" => return Err("listening for WebSockets comes in a later version".to_owned()),
            other => {
                let near = mistakes::nearest(other, ["udp", "tcp"]);
                let hint = near.map(|near| format!("; did you mean `{near}:`?")).unwrap_or_default();
                return Err(format!("this names no transport{hint}"));
            }
        };
        match address.parse::<SocketAddr>() {
            Ok(address) if address.port() == 0 => Err("port 0 would be a different one each time".to_owned()),
            Ok(address) => Ok(Listener { transport, address }),
            Err(_) => Err("an IP address and a port must follow the transport".to_owned()),
        }
    })
}

fn limits(value: Value<'_>) -> Option<SipLimits> {
    let map = value.map(&[
        "calls",
        "calls_per_second",
        "stranger_requests_per_second",
        "transactions",
        "connections",
        "connections_per_address",
    ])?;
    let default = SipLimits::default();
    let of = |field, most, default| limit(&map, field, most, default);
    Some(SipLimits {
        calls: of("calls", 100_000, default.calls),
        calls_per_second: of("calls_per_second", 100_000, default.calls_per_second),
        stranger_requests_per_second: of(
            "stranger_requests_per_second",
            100_000,
            default.stranger_requests_per_second,
        ),
        transactions: of("transactions", 2_000_000, default.transactions),
        connections: of("connections", 100_000, default.connections),
        connections_per_address: of("connections_per_address", 100_000, default.connections_per_address),
    })
}
