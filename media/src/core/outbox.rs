//! What a core has to say to the world, in order, with the packets in one reused buffer.

use core::ops::Range;
use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::event::Event;

/// Which socket of an RTP endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// Voice.
    Rtp,
    /// RTCP, the port above.
    Control,
}

/// One thing for the world to do. Sockets are named by the endpoint's place in the thread's table.
#[derive(Debug, PartialEq)]
pub enum Output<'a> {
    /// Bind the RTP socket; say so by `Core::handle_open_failed` if that fails.
    Open {
        /// The place.
        place: u16,
        /// Where.
        local: SocketAddr,
    },
    /// Bind the RTCP socket, on the port above: the stream has begun. If that fails there is no RTCP.
    OpenControl {
        /// The place.
        place: u16,
    },
    /// The RTP socket may take packets of this address only, or of any.
    Connect {
        /// The place.
        place: u16,
        /// The confirmed source.
        remote: Option<SocketAddr>,
    },
    /// Send a packet.
    Send {
        /// The place.
        place: u16,
        /// Out of which socket.
        port: Port,
        /// Where to.
        to: SocketAddr,
        /// The packet.
        packet: &'a [u8],
    },
    /// Close the sockets, if there are any.
    Close {
        /// The place.
        place: u16,
    },
    /// Tell the control plane.
    Event(Event),
}

/// A queue of outputs.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Queued>,
    packets: Vec<u8>,
}

#[derive(Debug)]
enum Queued {
    Open { place: u16, local: SocketAddr },
    OpenControl { place: u16 },
    Connect { place: u16, remote: Option<SocketAddr> },
    Send { place: u16, port: Port, to: SocketAddr, packet: Range<usize> },
    Close { place: u16 },
    Event(Event),
}

impl Outbox {
    pub(crate) fn open(&mut self, place: u16, local: SocketAddr) {
        self.queue.push_back(Queued::Open { place, local });
    }

    pub(crate) fn open_control(&mut self, place: u16) {
        self.queue.push_back(Queued::OpenControl { place });
    }

    pub(crate) fn connect(&mut self, place: u16, remote: Option<SocketAddr>) {
        self.queue.push_back(Queued::Connect { place, remote });
    }

    pub(crate) fn close(&mut self, place: u16) {
        self.queue.push_back(Queued::Close { place });
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.queue.push_back(Queued::Event(event));
    }

    pub(crate) fn send(&mut self, place: u16, port: Port, to: SocketAddr, parts: [&[u8]; 2]) {
        if self.queue.is_empty() {
            self.packets.clear();
        }
        let start = self.packets.len();
        for part in parts {
            self.packets.extend_from_slice(part);
        }
        self.queue.push_back(Queued::Send { place, port, to, packet: start..self.packets.len() });
    }

    pub(crate) fn poll(&mut self) -> Option<Output<'_>> {
        Some(match self.queue.pop_front()? {
            Queued::Open { place, local } => Output::Open { place, local },
            Queued::OpenControl { place } => Output::OpenControl { place },
            Queued::Connect { place, remote } => Output::Connect { place, remote },
            Queued::Close { place } => Output::Close { place },
            Queued::Event(event) => Output::Event(event),
            Queued::Send { place, port, to, packet } => {
                Output::Send { place, port, to, packet: self.packets.get(packet).unwrap_or_default() }
            }
        })
    }
}
