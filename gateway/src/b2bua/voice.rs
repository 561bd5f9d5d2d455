//! The voice of calls as the control plane holds it: names and ports of endpoints, and whose they are.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use media::{Bearer, Command, EndpointId, Ids, Ports};

use super::key::CallKey;
use super::progress::Side;

/// An endpoint a leg owns. It is given back with [`Voice::close`], never just dropped.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) id: EndpointId,
    /// Its RTP port; a bearer has none.
    pub(super) port: Option<u16>,
}

/// What every leg's voice is made of.
pub(super) struct Voice {
    address: IpAddr,
    ports: Ports,
    ids: Ids,
    owners: HashMap<EndpointId, Owner>,
    commands: Vec<Command>,
}

#[derive(Clone, Copy)]
struct Owner {
    call: CallKey,
    side: Side,
    port: Option<u16>,
}

impl Voice {
    pub(super) fn new(address: IpAddr, ports: RangeInclusive<u16>, threads: usize, endpoints: usize) -> Self {
        Self {
            address,
            ports: Ports::new(ports),
            ids: Ids::new(threads, endpoints),
            owners: HashMap::new(),
            commands: Vec::new(),
        }
    }

    /// The address that goes into session descriptions.
    pub(super) const fn address(&self) -> IpAddr {
        self.address
    }

    /// Opens an RTP endpoint beside the call's other one; `None` when no port or no place is free.
    pub(super) fn open_rtp(
        &mut self,
        call: CallKey,
        side: Side,
        beside: Option<EndpointId>,
    ) -> Option<Endpoint> {
        let port = self.ports.take()?;
        let Some(id) = self.name(beside) else {
            self.ports.release(port);
            return None;
        };
        self.owners.insert(id, Owner { call, side, port: Some(port) });
        self.commands.push(Command::Open { endpoint: id, local: SocketAddr::new(self.address, port) });
        Some(Endpoint { id, port: Some(port) })
    }

    /// Opens an endpoint on a line.
    pub(super) fn open_bearer(
        &mut self,
        call: CallKey,
        side: Side,
        beside: Option<EndpointId>,
        bearer: Box<dyn Bearer>,
    ) -> Option<Endpoint> {
        let id = self.name(beside)?;
        self.owners.insert(id, Owner { call, side, port: None });
        self.commands.push(Command::OpenBearer { endpoint: id, bearer, detect_digits: true });
        Some(Endpoint { id, port: None })
    }

    fn name(&mut self, beside: Option<EndpointId>) -> Option<EndpointId> {
        match beside {
            Some(other) => self.ids.take_beside(other),
            None => self.ids.take(),
        }
    }

    /// Asks for the endpoint to be closed; its name and port are free once its `Closed` came.
    pub(super) fn close(&mut self, endpoint: &Endpoint) {
        self.commands.push(Command::Close { endpoint: endpoint.id });
    }

    /// The endpoint is closed: gives its name and port back.
    pub(super) fn closed(&mut self, endpoint: EndpointId) -> Option<(CallKey, Side)> {
        let owner = self.owners.remove(&endpoint)?;
        self.ids.release(endpoint);
        if let Some(port) = owner.port {
            self.ports.release(port);
        }
        Some((owner.call, owner.side))
    }

    /// Whose endpoint this is.
    pub(super) fn owner(&self, endpoint: EndpointId) -> Option<(CallKey, Side)> {
        self.owners.get(&endpoint).map(|owner| (owner.call, owner.side))
    }

    /// Asks something of the media threads.
    pub(super) fn command(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// What the media threads are to be told, in order.
    pub(super) fn drain(&mut self) -> std::vec::Drain<'_, Command> {
        self.commands.drain(..)
    }

    pub(super) const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Endpoints that are not yet closed.
    pub(super) fn endpoints(&self) -> usize {
        self.owners.len()
    }
}
