//! Hosts and ports: names, IPv4 addresses, bracketed IPv6 references (RFC 3261 §25.1, RFC 5118).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::bytes::{self, HOST, Scan};

/// The longest host name (RFC 1035 §2.3.4).
const HOST_BYTES_MAX: usize = 255;

/// The host of a URI or of a Via.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host<'a> {
    /// A domain name, as written.
    Name(&'a [u8]),
    /// An address; of version 6 if it stood in brackets.
    Address(IpAddr),
}

impl<'a> Host<'a> {
    /// Reads a host alone; an IPv6 address with or without its brackets (RFC 5118 §4.5).
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::new(text);
        if let Some(host) = take(&mut scan)
            && scan.is_empty()
        {
            return Some(host);
        }
        ipv6(text).map(|address| Host::Address(address.into()))
    }

    /// The address, if it is one.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Host::Address(address) => Some(*address),
            Host::Name(_) => None,
        }
    }

    /// Whether both name the same host: addresses by value, names without case.
    pub fn same(&self, other: &Host<'_>) -> bool {
        match (self, other) {
            (Host::Name(a), Host::Name(b)) => a.eq_ignore_ascii_case(b),
            (Host::Address(a), Host::Address(b)) => a == b,
            (Host::Name(_), Host::Address(_)) | (Host::Address(_), Host::Name(_)) => false,
        }
    }
}

/// Takes a host; an IPv6 address only in brackets.
pub(super) fn take<'a>(scan: &mut Scan<'a>) -> Option<Host<'a>> {
    if scan.eat(b'[') {
        return ipv6(scan.until(b']')?).map(|address| Host::Address(address.into()));
    }
    let name = scan.run(HOST);
    if name.is_empty() || name.len() > HOST_BYTES_MAX {
        return None;
    }
    if name.first().is_some_and(u8::is_ascii_digit)
        && let Some(address) = read::<Ipv4Addr>(name)
    {
        return Some(Host::Address(address.into()));
    }
    Some(Host::Name(name))
}

/// Takes `[":" port]`, white space allowed around the colon as in a Via; the outer `None` is a broken port.
pub(super) fn take_port(scan: &mut Scan<'_>) -> Option<Option<u16>> {
    let mut ahead = *scan;
    ahead.space();
    if !ahead.eat(b':') {
        return Some(None);
    }
    ahead.space();
    let digits = ahead.run(bytes::TOKEN);
    *scan = ahead;
    let port = bytes::number(digits, u64::from(u16::MAX))?;
    Some(Some(u16::try_from(port).ok()?))
}

/// An IPv6 address, one colon too many before its IPv4 tail tolerated (RFC 5118 §4.10).
fn ipv6(text: &[u8]) -> Option<Ipv6Addr> {
    const LONGEST: usize = 45;
    if text.len() > LONGEST + 1 {
        return None;
    }
    if let Some(address) = read(text) {
        return Some(address);
    }
    let at = text.windows(3).position(|window| window == b":::")?;
    let mut fixed = [0; LONGEST + 1];
    let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
    fixed.get_mut(..at)?.copy_from_slice(before);
    fixed.get_mut(at..at + after.len())?.copy_from_slice(after);
    read(fixed.get(..text.len() - 1)?)
}

fn read<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
