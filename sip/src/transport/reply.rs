//! Where a response goes: RFC 3261 §18.2.2 with `rport` (RFC 3581).

use std::net::{IpAddr, SocketAddr};

use super::Transport;
use crate::message::Via;

/// The address for the response to a request that came from `source` with this topmost Via; `None` if that
/// would be everybody or nobody.
pub(crate) fn reply_address(via: &Via<'_>, transport: Transport, source: SocketAddr) -> Option<SocketAddr> {
    let port = via.port.unwrap_or(transport.default_port());
    let address = match (transport, via.maddr().and_then(|host| host.address())) {
        (Transport::Udp, Some(maddr)) if is_one_host(maddr) => SocketAddr::new(maddr, port),
        (Transport::Udp, _) if via.rport().is_some() => source,
        (Transport::Udp | Transport::Tcp, _) => SocketAddr::new(source.ip(), port),
    };
    (is_one_host(address.ip()) && address.port() != 0).then_some(address)
}

/// Whether an address is one machine's: no broadcast, no multicast.
pub(crate) fn is_one_host(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_broadcast() && !v4.is_multicast() && !v4.is_unspecified(),
        IpAddr::V6(v6) => !v6.is_multicast() && !v6.is_unspecified(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_go_where_the_topmost_via_says() {
        let source: SocketAddr = "192.0.2.7:7777".parse().unwrap();
        for (via, expected) in [
            ("SIP/2.0/UDP 10.0.0.1:5080;branch=z9hG4bKa", Some("192.0.2.7:5080")),
            ("SIP/2.0/UDP host.example;branch=z9hG4bKa", Some("192.0.2.7:5060")),
            ("SIP/2.0/UDP 10.0.0.1:5080;rport;branch=z9hG4bKa", Some("192.0.2.7:7777")),
            ("SIP/2.0/UDP 10.0.0.1:5080;maddr=192.0.2.9", Some("192.0.2.9:5080")),
            ("SIP/2.0/UDP 10.0.0.1:5080;maddr=255.255.255.255", Some("192.0.2.7:5080")),
            ("SIP/2.0/UDP 10.0.0.1:5080;maddr=224.0.1.75", Some("192.0.2.7:5080")),
            ("SIP/2.0/UDP 10.0.0.1:0", None),
        ] {
            let parsed = Via::parse(via.as_bytes()).unwrap();
            let expected: Option<SocketAddr> = expected.map(|address| address.parse().unwrap());
            assert_eq!(reply_address(&parsed, Transport::Udp, source), expected, "{via}");
        }
        let via = Via::parse(b"SIP/2.0/TCP 10.0.0.1:5080;rport").unwrap();
        assert_eq!(reply_address(&via, Transport::Tcp, source), "192.0.2.7:5080".parse().ok());
        let everybody: SocketAddr = "255.255.255.255:5060".parse().unwrap();
        assert_eq!(reply_address(&via, Transport::Tcp, everybody), None);
    }
}
