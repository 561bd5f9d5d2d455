//! Whose packets an RTP endpoint takes: the signalled address, or one that latched in the window signalling opened.

use std::net::SocketAddr;
use std::time::Instant;

use crate::rtp::Header;

/// Who may send to an endpoint.
///
/// ```text
/// Nobody --signal--> Signalled --its packet--> Confirmed
///    \---signal with a window--> Window --its packet, or two in sequence of another--> Confirmed
///                                  \--time is up--> Signalled
/// ```
/// Nothing but signalling leaves `Confirmed`: a stranger's packets cannot take a live stream over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// No stream yet, or none wanted.
    Nobody,
    /// The signalled address only; it has not spoken yet.
    Signalled { address: SocketAddr },
    /// The signalled address, or the first other that sends two good packets in sequence.
    Window { signalled: SocketAddr, until: Instant, candidate: Option<Candidate> },
    /// This address and no other.
    Confirmed { address: SocketAddr },
}

/// A source on probation (RFC 3550 §6.2.1, appendix A.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    address: SocketAddr,
    ssrc: u32,
    next_sequence: u16,
}

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Take it.
    Accept,
    /// Take it; its source has just been confirmed as the signalled one.
    Confirm,
    /// Take it; its source has just been learnt.
    Latch,
    /// Drop it.
    Refuse,
}

impl Source {
    /// What signalling says of a stream: where from, and until when the source may be learnt.
    ///
    /// While the signalled address stays the same, whoever was confirmed stays so: a session refresh opens no
    /// window to strangers.
    pub(crate) fn signal(
        self,
        before: Option<SocketAddr>,
        address: SocketAddr,
        until: Option<Instant>,
    ) -> Self {
        match (self, until) {
            (Self::Confirmed { .. }, _) if before.is_some_and(|before| same(before, address)) => self,
            (_, Some(until)) => Self::Window { signalled: address, until, candidate: None },
            (_, None) => Self::Signalled { address },
        }
    }

    /// Judges a packet whose header and payload type are good.
    #[inline]
    pub(crate) fn judge(&mut self, from: SocketAddr, header: Header, now: Instant) -> Verdict {
        match *self {
            Self::Confirmed { address } if same(address, from) => Verdict::Accept,
            Self::Confirmed { .. } | Self::Nobody => Verdict::Refuse,
            Self::Signalled { address } => self.while_signalled(address, from),
            Self::Window { signalled, until, .. } if until <= now => {
                *self = Self::Signalled { address: signalled };
                self.while_signalled(signalled, from)
            }
            Self::Window { signalled, until, candidate } => {
                self.while_open((signalled, until, candidate), from, header)
            }
        }
    }

    fn while_signalled(&mut self, signalled: SocketAddr, from: SocketAddr) -> Verdict {
        if !same(signalled, from) {
            return Verdict::Refuse;
        }
        *self = Self::Confirmed { address: from };
        Verdict::Confirm
    }

    fn while_open(
        &mut self,
        (signalled, until, candidate): (SocketAddr, Instant, Option<Candidate>),
        from: SocketAddr,
        header: Header,
    ) -> Verdict {
        if same(signalled, from) {
            return self.while_signalled(signalled, from);
        }
        let probe = Candidate { address: from, ssrc: header.ssrc, next_sequence: header.sequence };
        if candidate == Some(probe) {
            *self = Self::Confirmed { address: from };
            return Verdict::Latch;
        }
        let next = Candidate { next_sequence: header.sequence.wrapping_add(1), ..probe };
        *self = Self::Window { signalled, until, candidate: Some(next) };
        Verdict::Refuse
    }

    /// Where our packets go: to the confirmed source, and until there is one to the signalled address.
    pub(crate) fn destination(&self) -> Option<SocketAddr> {
        let address = match *self {
            Self::Nobody => return None,
            Self::Signalled { address } | Self::Confirmed { address } => address,
            Self::Window { signalled, .. } => signalled,
        };
        (!address.ip().is_unspecified() && address.port() != 0).then_some(address)
    }

    /// The source that has proved itself.
    pub(crate) const fn confirmed(&self) -> Option<SocketAddr> {
        match *self {
            Self::Confirmed { address } => Some(address),
            Self::Nobody | Self::Signalled { .. } | Self::Window { .. } => None,
        }
    }
}

/// The same address and port; an IPv6 scope, which signalling cannot say, does not count.
#[inline]
pub(crate) fn same(a: SocketAddr, b: SocketAddr) -> bool {
    match (a, b) {
        (SocketAddr::V4(a), SocketAddr::V4(b)) => a == b,
        (SocketAddr::V6(a), SocketAddr::V6(b)) => a.ip() == b.ip() && a.port() == b.port(),
        (SocketAddr::V4(_), SocketAddr::V6(_)) | (SocketAddr::V6(_), SocketAddr::V4(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::rtp::epoch;

    fn address(host: u8) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, host], 4000))
    }

    fn header(ssrc: u32, sequence: u16) -> Header {
        Header { payload_type: 0, marker: false, sequence, timestamp: 0, ssrc }
    }

    #[test]
    fn only_the_signalled_address_is_taken_without_a_window() {
        let now = epoch();
        let mut source = Source::Nobody.signal(None, address(1), None);
        assert_eq!(source.judge(address(2), header(7, 1), now), Verdict::Refuse);
        assert_eq!(source.judge(address(2), header(7, 2), now), Verdict::Refuse);
        assert_eq!(source.judge(address(1), header(8, 1), now), Verdict::Confirm);
        assert_eq!(source.judge(address(1), header(8, 2), now), Verdict::Accept);
        assert_eq!(source.judge(address(2), header(7, 3), now), Verdict::Refuse);
    }

    #[test]
    fn a_window_learns_one_source_that_sends_in_sequence() {
        let now = epoch();
        let until = now + Duration::from_secs(1);
        let mut source = Source::Nobody.signal(None, address(1), Some(until));
        assert_eq!(source.judge(address(2), header(7, 65535), now), Verdict::Refuse);
        assert_eq!(source.judge(address(2), header(9, 0), now), Verdict::Refuse);
        assert_eq!(source.judge(address(2), header(9, 2), now), Verdict::Refuse);
        assert_eq!(source.destination(), Some(address(1)));
        assert_eq!(source.judge(address(2), header(9, 3), now), Verdict::Latch);
        assert_eq!(source.judge(address(1), header(1, 1), now), Verdict::Refuse);
        assert_eq!(source.destination(), Some(address(2)));
    }

    #[test]
    fn the_window_closes_in_time() {
        let now = epoch();
        let until = now + Duration::from_secs(1);
        let mut source = Source::Nobody.signal(None, address(1), Some(until));
        assert_eq!(source.judge(address(2), header(7, 1), now), Verdict::Refuse);
        assert_eq!(source.judge(address(2), header(7, 2), until), Verdict::Refuse);
        assert_eq!(source, Source::Signalled { address: address(1) });
    }

    #[test]
    fn a_refresh_keeps_the_confirmed_source_and_a_new_address_does_not() {
        let until = Some(epoch());
        let live = Source::Confirmed { address: address(2) };
        assert_eq!(live.signal(Some(address(1)), address(1), until), live);
        let moved = live.signal(Some(address(1)), address(3), None);
        assert_eq!(moved, Source::Signalled { address: address(3) });
    }

    #[test]
    fn nothing_is_sent_to_nobody() {
        let held = Source::Signalled { address: SocketAddr::from(([0, 0, 0, 0], 4000)) };
        assert_eq!(held.destination(), None);
        assert_eq!(Source::Nobody.destination(), None);
    }
}
