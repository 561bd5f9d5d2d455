//! Opening and tying the sockets of RTP endpoints.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use socket2::{Domain, Socket, Type};

use crate::event::OpenError;

/// A bound datagram socket that never blocks; an inherited descriptor is taken in place of a new one.
pub(super) fn open(local: SocketAddr, inherited: Option<OwnedFd>) -> io::Result<UdpSocket> {
    if let Some(descriptor) = inherited {
        let socket = UdpSocket::from(descriptor);
        socket.set_nonblocking(true)?;
        return Ok(socket);
    }
    let socket = Socket::new(Domain::for_address(local), Type::DGRAM.nonblocking(), None)?;
    if local.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&local.into())?;
    Ok(socket.into())
}

/// Why a socket could not be opened, for the control plane.
pub(super) fn reason(error: &io::Error) -> OpenError {
    let number = error.raw_os_error().unwrap_or(0);
    if number == Errno::EADDRINUSE as i32 {
        OpenError::InUse
    } else if number == Errno::EADDRNOTAVAIL as i32 {
        OpenError::NoSuchAddress
    } else if [Errno::EMFILE, Errno::ENFILE, Errno::ENOBUFS, Errno::ENOMEM]
        .iter()
        .any(|e| *e as i32 == number)
    {
        OpenError::NoRoom
    } else {
        OpenError::Other(number)
    }
}

/// Unties a socket from its peer: it keeps its address and takes packets of all again.
#[expect(unsafe_code, reason = "no safe call connects to AF_UNSPEC")]
pub(super) fn disconnect(socket: &UdpSocket) -> io::Result<()> {
    let family = u16::try_from(libc::AF_UNSPEC).unwrap_or_default();
    let nobody = libc::sockaddr { sa_family: family, sa_data: [0; 14] };
    let length = libc::socklen_t::try_from(size_of::<libc::sockaddr>()).unwrap_or_default();
    // SAFETY: the descriptor is open while `socket` is borrowed, and `nobody` is a whole sockaddr of `length`
    // octets that outlives the call.
    let result = unsafe { libc::connect(socket.as_raw_fd(), &raw const nobody, length) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
