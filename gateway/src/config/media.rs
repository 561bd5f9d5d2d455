//! `media:` where voice goes.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use mistakes::Value;

/// The lowest port voice may use: the ones below are for the system.
const PORT_MIN: u16 = 1024;
/// The most media threads.
const THREADS_MAX: u8 = 64;

/// Where voice goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaConfig {
    /// The local address of RTP, also told to the other side.
    pub address: IpAddr,
    /// Its ports: an even one for RTP and the next for RTCP, for each leg.
    pub ports: RangeInclusive<u16>,
    /// Media threads; `None`: as many as suit the machine.
    pub threads: Option<usize>,
    /// How they wait for packets.
    pub backend: Backend,
}

impl MediaConfig {
    /// How many RTP legs the ports allow at once.
    pub fn legs(&self) -> usize {
        media::Ports::new(self.ports.clone()).limit()
    }
}

/// How media threads wait for packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// io_uring where the kernel allows it, else epoll.
    #[default]
    Auto,
    /// epoll: works everywhere.
    Epoll,
    /// io_uring, or an error at the start.
    IoUring,
}

pub(super) fn read(value: Value<'_>) -> Option<MediaConfig> {
    let map = value.map(&["address", "ports", "threads", "backend"])?;
    let address = map.required("address", address);
    let ports = map.required("ports", ports);
    let threads = map.optional("threads", |value| value.integer(1..=THREADS_MAX)).map(usize::from);
    let backend = map.optional("backend", |value| {
        value.choice(&[("auto", Backend::Auto), ("epoll", Backend::Epoll), ("io_uring", Backend::IoUring)])
    });
    Some(MediaConfig { address: address?, ports: ports?, threads, backend: backend.unwrap_or_default() })
}

fn address(value: Value<'_>) -> Option<IpAddr> {
    let address = value.ip_address()?;
    if address.is_unspecified() || address.is_multicast() {
        value.complain_expected(
            &format!("{address} cannot be told to the other side as the place to send voice to"),
            "one address of this machine",
        );
        return None;
    }
    Some(address)
}

fn ports(value: Value<'_>) -> Option<RangeInclusive<u16>> {
    let ports = value.port_range()?;
    if *ports.start() < PORT_MIN {
        value.complain_expected("ports below 1024 are for the system", "a range such as 20000-29999");
        return None;
    }
    Some(ports)
}
