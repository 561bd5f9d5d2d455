//! The network between phones and gateway: every datagram takes its time, and some are lost, doubled or late.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long a datagram travels if nothing else is said.
const TRAVEL: Duration = Duration::from_millis(10);

/// A datagram on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Who sent it.
    pub from: SocketAddr,
    /// For whom.
    pub to: SocketAddr,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What may befall a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It never arrives.
    Lost,
    /// It arrives twice.
    Doubled,
    /// It arrives so much later than usual.
    Late(Duration),
}

/// A fault that waits for its datagrams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What befalls them.
    pub fate: Fate,
    /// How many.
    pub count: u32,
    /// Which: the method of a request, or status and method of a response (`200 BYE`); a bare status is an INVITE's.
    pub what: String,
    /// Only those that `who` sent (`true`) or is sent (`false`).
    pub side: Option<(SocketAddr, bool)>,
}

/// The network.
#[derive(Debug, Default)]
pub struct Network {
    travelling: BTreeMap<(Instant, u64), Datagram>,
    faults: Vec<Fault>,
    serial: u64,
}

impl Network {
    /// Adds a fault.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Takes a datagram whose `label` says what it is; says what will befall it, if anything.
    pub fn send(&mut self, datagram: Datagram, label: &str, now: Instant) -> Option<Fate> {
        let fault = self.faults.iter_mut().find(|fault| fault.count > 0 && fault.fits(&datagram, label));
        let fate = fault.map(|fault| {
            fault.count -= 1;
            fault.fate
        });
        self.carry(datagram, fate, now);
        fate
    }

    /// Sends it on to the fate that was drawn for it.
    pub fn carry(&mut self, datagram: Datagram, fate: Option<Fate>, now: Instant) {
        let arrives = now + TRAVEL;
        match fate {
            None => self.put(arrives, datagram),
            Some(Fate::Lost) => {}
            Some(Fate::Doubled) => {
                self.put(arrives, datagram.clone());
                self.put(arrives, datagram);
            }
            Some(Fate::Late(late)) => self.put(arrives + late, datagram),
        }
    }

    fn put(&mut self, at: Instant, datagram: Datagram) {
        self.serial += 1;
        self.travelling.insert((at, self.serial), datagram);
    }

    /// The next datagram that has arrived by `now`.
    pub fn arrive(&mut self, now: Instant) -> Option<Datagram> {
        let entry = self.travelling.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }

    /// When the next one arrives.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.travelling.keys().next().map(|(at, _)| *at)
    }

    /// Faults that never found their datagram: a page that names one says something untrue.
    pub fn unused(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().filter(|fault| fault.count > 0)
    }
}

impl Fault {
    fn fits(&self, datagram: &Datagram, label: &str) -> bool {
        let side =
            self.side.is_none_or(|(who, sends)| who == if sends { datagram.from } else { datagram.to });
        side && (self.what == "everything" || self.what == label)
    }
}
