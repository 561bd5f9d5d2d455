//! The media threads as the control plane sees them: endpoints open and close, voice comes or does not.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use media::{Command, EndpointId, Event, OpenError};

/// What is open.
#[derive(Debug)]
pub enum Open {
    /// An RTP endpoint on this port, and where it sends.
    Port {
        /// Ours.
        local: SocketAddr,
        /// The peer's, once known.
        remote: Option<SocketAddr>,
    },
    /// A line.
    Line,
}

/// Every endpoint of the gateway.
#[derive(Debug, Default)]
pub struct Plane {
    open: BTreeMap<EndpointId, Open>,
    bridges: BTreeMap<EndpointId, EndpointId>,
    events: VecDeque<Event>,
    /// How many opens are to fail.
    pub failing: u32,
    /// How many closes are never told: a test of whether storms notice.
    pub forgotten: u32,
    /// What the control plane did wrong.
    pub wrongs: Vec<String>,
}

impl Plane {
    /// Obeys a command.
    pub fn obey(&mut self, command: &Command) {
        let endpoint = command.endpoint();
        match *command {
            Command::Open { local, .. } => {
                if self.failing > 0 {
                    self.failing -= 1;
                    self.events.push_back(Event::OpenFailed { endpoint, why: OpenError::InUse });
                }
                let taken = |open: &Open| matches!(open, Open::Port { local: other, .. } if *other == local);
                if self.open.values().any(taken) {
                    self.wrongs.push(format!("{local} was opened twice"));
                }
                self.put(endpoint, Open::Port { local, remote: None });
            }
            Command::OpenBearer { .. } => self.put(endpoint, Open::Line),
            Command::Configure { stream, .. } => match self.open.get_mut(&endpoint) {
                Some(Open::Port { remote, .. }) => *remote = Some(stream.negotiated.remote),
                Some(Open::Line) | None => self.wrongs.push(format!("{endpoint:?} is no port to configure")),
            },
            Command::Bridge { a, b } => {
                for end in [a, b] {
                    if !self.open.contains_key(&end) {
                        self.wrongs.push(format!("{end:?} was bridged but is not open"));
                    }
                }
                self.bridges.insert(a, b);
                self.bridges.insert(b, a);
            }
            Command::Close { .. } => {
                if self.open.remove(&endpoint).is_none() {
                    self.wrongs.push(format!("{endpoint:?} was closed but is not open"));
                }
                if let Some(other) = self.bridges.remove(&endpoint) {
                    self.bridges.remove(&other);
                }
                if self.forgotten > 0 {
                    self.forgotten -= 1;
                } else {
                    self.events.push_back(Event::Closed { endpoint, statistics: Box::default() });
                }
            }
            Command::CutThrough { .. }
            | Command::Unbridge { .. }
            | Command::Tone { .. }
            | Command::StopTone { .. }
            | Command::Digit { .. } => {}
        }
    }

    fn put(&mut self, endpoint: EndpointId, open: Open) {
        if self.open.insert(endpoint, open).is_some() {
            self.wrongs.push(format!("{endpoint:?} was opened twice"));
        }
    }

    /// What the control plane is to be told.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// No voice comes from `peer` any more: its endpoints notice.
    pub fn silence(&mut self, peer: IpAddr) {
        for (endpoint, open) in &self.open {
            if matches!(open, Open::Port { remote: Some(remote), .. } if remote.ip() == peer) {
                self.events.push_back(Event::Timeout { endpoint: *endpoint });
            }
        }
    }

    /// How many RTP ports are open.
    pub fn ports(&self) -> usize {
        self.open.values().filter(|open| matches!(open, Open::Port { .. })).count()
    }

    /// How many endpoints are open.
    pub fn endpoints(&self) -> usize {
        self.open.len()
    }

    /// How many pairs hear each other.
    pub fn bridged(&self) -> usize {
        self.bridges.len() / 2
    }
}
