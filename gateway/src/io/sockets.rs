//! The SIP sockets of the control thread: UDP and TCP, never blocking, each isolated from the others' faults.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};
use sip::stack::Transmit;
use sip::transport::{ConnectionId, Transport};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// Bytes that may wait on a connection whose peer does not read.
const BACKLOG_MAX: usize = 1 << 20;
/// Room for bursts in the kernel.
const RECEIVE_BUFFER: usize = 4 << 20;

/// What an epoll event is about, as packed into its 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The UDP socket at this place.
    Udp(usize),
    /// The TCP listener at this place.
    Listener(usize),
    /// The TCP connection of this number.
    Connection(u64),
    /// Something else of the control thread's.
    Other(u64),
}

const KIND: u32 = 60;

impl Token {
    pub(super) const fn pack(self) -> u64 {
        match self {
            Self::Udp(place) => place as u64,
            Self::Listener(place) => 1 << KIND | place as u64,
            Self::Connection(id) => 2 << KIND | id,
            Self::Other(id) => 3 << KIND | id,
        }
    }

    pub(super) const fn unpack(data: u64) -> Self {
        let rest = data & ((1 << KIND) - 1);
        match data >> KIND {
            0 => Self::Udp(rest as usize),
            1 => Self::Listener(rest as usize),
            2 => Self::Connection(rest),
            _ => Self::Other(rest),
        }
    }
}

struct Connection {
    id: ConnectionId,
    stream: TcpStream,
    /// Still being opened.
    opening: bool,
    /// Bytes the kernel would not take yet.
    backlog: Vec<u8>,
}

/// Every SIP socket.
#[derive(Default)]
pub(super) struct Sockets {
    udp: Vec<(SocketAddr, UdpSocket)>,
    listeners: Vec<(SocketAddr, TcpListener)>,
    connections: HashMap<u64, Connection>,
}

/// What became of a readable connection.
pub(super) enum Heard {
    /// So many bytes.
    Bytes(usize),
    /// Nothing more for now.
    Nothing,
    /// It is gone.
    Closed,
}

impl Sockets {
    /// Opens a listening socket. With port 0 the system chooses one: the address is returned.
    pub(super) fn listen(
        &mut self,
        epoll: &Epoll,
        transport: Transport,
        address: SocketAddr,
    ) -> io::Result<SocketAddr> {
        let domain = Domain::for_address(address);
        match transport {
            Transport::Udp => {
                let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
                // As much as the system allows; less only means that bursts are lost earlier.
                let _as_allowed = socket.set_recv_buffer_size(RECEIVE_BUFFER);
                let _as_allowed = socket.set_send_buffer_size(RECEIVE_BUFFER);
                bind(&socket, address)?;
                let socket: UdpSocket = socket.into();
                let local = socket.local_addr()?;
                let token = Token::Udp(self.udp.len());
                epoll.add(socket.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, token.pack()))?;
                self.udp.push((local, socket));
                Ok(local)
            }
            Transport::Tcp => {
                let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
                socket.set_reuse_address(true)?;
                bind(&socket, address)?;
                socket.listen(1024)?;
                let socket: TcpListener = socket.into();
                let local = socket.local_addr()?;
                let token = Token::Listener(self.listeners.len());
                epoll.add(socket.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, token.pack()))?;
                self.listeners.push((local, socket));
                Ok(local)
            }
        }
    }

    /// The UDP socket at a place, and its address.
    pub(super) fn udp(&self, place: usize) -> Option<(SocketAddr, &UdpSocket)> {
        self.udp.get(place).map(|(local, socket)| (*local, socket))
    }

    /// Sends a message; false if it certainly did not leave.
    pub(super) fn send(&mut self, epoll: &Epoll, transmit: &Transmit) -> bool {
        if let Some(connection) = transmit.connection {
            return self.write(epoll, connection, &transmit.bytes);
        }
        let socket = self.udp.iter().find(|(local, _)| *local == transmit.local);
        let Some((_, socket)) = socket else { return false };
        match socket.send_to(&transmit.bytes, transmit.destination) {
            Ok(_) => true,
            // A full buffer is loss on the way: the transaction sends again.
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }

    /// Begins to open a connection.
    pub(super) fn connect(
        &mut self,
        epoll: &Epoll,
        id: ConnectionId,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> bool {
        self.try_connect(epoll, id, local, remote).is_ok()
    }

    fn try_connect(
        &mut self,
        epoll: &Epoll,
        id: ConnectionId,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> io::Result<()> {
        let socket = Socket::new(Domain::for_address(remote), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if !local.ip().is_unspecified() {
            socket.bind(&SocketAddr::new(local.ip(), 0).into())?;
        }
        match socket.connect(&remote.into()) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {}
            Err(error) => return Err(error),
        }
        let stream: TcpStream = socket.into();
        self.watch(epoll, id, stream, true)
    }

    /// One waiting connection of a listener: our address, the peer's, the stream.
    pub(super) fn accept(&self, place: usize) -> Option<(SocketAddr, SocketAddr, TcpStream)> {
        let (local, listener) = self.listeners.get(place)?;
        let (stream, remote) = listener.accept().ok()?;
        stream.set_nonblocking(true).ok()?;
        stream.set_nodelay(true).ok()?;
        Some((*local, remote, stream))
    }

    /// Takes charge of an accepted stream.
    pub(super) fn adopt(&mut self, epoll: &Epoll, id: ConnectionId, stream: TcpStream) -> bool {
        self.watch(epoll, id, stream, false).is_ok()
    }

    fn watch(&mut self, epoll: &Epoll, id: ConnectionId, stream: TcpStream, opening: bool) -> io::Result<()> {
        let flags = if opening { EpollFlags::EPOLLOUT } else { EpollFlags::EPOLLIN };
        epoll.add(stream.as_fd(), EpollEvent::new(flags, Token::Connection(id.get()).pack()))?;
        self.connections.insert(id.get(), Connection { id, stream, opening, backlog: Vec::new() });
        Ok(())
    }

    /// The connection can be written: it has opened, failed to, or its backlog can go on. `Some(true)` when it
    /// has just opened, `Some(false)` when it is gone.
    pub(super) fn writable(&mut self, epoll: &Epoll, id: u64) -> Option<bool> {
        let connection = self.connections.get_mut(&id)?;
        if connection.opening {
            let failed = SockRef::from(&connection.stream).take_error().ok().flatten().is_some();
            if failed {
                return Some(false);
            }
            connection.opening = false;
            rearm(epoll, id, connection);
            return Some(true);
        }
        let alive = flush(connection);
        rearm(epoll, id, connection);
        if alive { None } else { Some(false) }
    }

    /// The stack's name of a connection.
    pub(super) fn name(&self, id: u64) -> Option<ConnectionId> {
        self.connections.get(&id).map(|connection| connection.id)
    }

    /// Reads what has come on a connection.
    pub(super) fn read(&mut self, id: u64, buffer: &mut [u8]) -> Heard {
        let Some(connection) = self.connections.get_mut(&id) else { return Heard::Nothing };
        match connection.stream.read(buffer) {
            Ok(0) => Heard::Closed,
            Ok(length) => Heard::Bytes(length),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                Heard::Nothing
            }
            Err(_) => Heard::Closed,
        }
    }

    fn write(&mut self, epoll: &Epoll, id: ConnectionId, bytes: &[u8]) -> bool {
        let Some(connection) = self.connections.get_mut(&id.get()) else { return false };
        if connection.backlog.len().saturating_add(bytes.len()) > BACKLOG_MAX {
            return false;
        }
        connection.backlog.extend_from_slice(bytes);
        let alive = connection.opening || flush(connection);
        rearm(epoll, id.get(), connection);
        alive
    }

    /// Lets a connection go; what is under way is sent by the kernel.
    pub(super) fn close(&mut self, id: u64) {
        if let Some(mut connection) = self.connections.remove(&id) {
            let _sent_or_not = flush(&mut connection);
        }
    }
}

fn bind(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())
}

/// Writes as much of the backlog as the kernel takes; false if the connection is gone.
fn flush(connection: &mut Connection) -> bool {
    while !connection.backlog.is_empty() {
        match connection.stream.write(&connection.backlog) {
            Ok(0) => return false,
            Ok(written) => {
                connection.backlog.drain(..written.min(connection.backlog.len()));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
    true
}

fn rearm(epoll: &Epoll, id: u64, connection: &Connection) {
    let mut flags = EpollFlags::EPOLLIN;
    if connection.opening || !connection.backlog.is_empty() {
        flags |= EpollFlags::EPOLLOUT;
    }
    let mut event = EpollEvent::new(flags, Token::Connection(id).pack());
    // It fails only for a descriptor that is not watched, and each of ours is.
    let _watched = epoll.modify(connection.stream.as_fd(), &mut event);
}
