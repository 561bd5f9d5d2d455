//! The Reason header: why a call ended, in the words of Q.850 or of SIP (RFC 3326).

use std::borrow::Cow;

use super::bytes::{Scan, TOKEN, number, trim};
use super::name::Name;
use super::params::Params;
use super::view::Message;

/// Whose numbers a reason counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol<'a> {
    /// ISDN and ISUP causes.
    Q850,
    /// SIP statuses.
    Sip,
    /// Any other, as written.
    Other(&'a [u8]),
}

impl<'a> Protocol<'a> {
    /// As it is written.
    pub fn as_bytes(&self) -> &'a [u8] {
        match self {
            Protocol::Q850 => b"Q.850",
            Protocol::Sip => b"SIP",
            Protocol::Other(token) => token,
        }
    }
}

/// One reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// Whose numbers.
    pub protocol: Protocol<'a>,
    /// The number, if given and below 1000.
    pub cause: Option<u16>,
    /// Every parameter: `cause`, `text`, `location` (RFC 8606) and the like.
    pub params: Params<'a>,
}

impl<'a> Reason<'a> {
    /// Reads one reason.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::new(trim(value));
        let token = scan.run(TOKEN);
        scan.space();
        if token.is_empty() || !matches!(scan.peek(), None | Some(b';')) {
            return None;
        }
        let protocol = match token {
            _ if token.eq_ignore_ascii_case(b"Q.850") => Protocol::Q850,
            _ if token.eq_ignore_ascii_case(b"SIP") => Protocol::Sip,
            _ => Protocol::Other(token),
        };
        let params = Params::new(scan.rest());
        let cause = params.value("cause").and_then(|digits| u16::try_from(number(digits, 999)?).ok());
        Some(Reason { protocol, cause, params })
    }

    /// The words beside the number.
    pub fn text(&self) -> Option<Cow<'a, [u8]>> {
        self.params.get("text").map(|param| param.text())
    }
}

impl<'a> Message<'a> {
    /// Every reason that can be read; at most one per protocol is meant (RFC 3326 §2).
    pub fn reasons(&self) -> impl Iterator<Item = Reason<'a>> + '_ {
        self.values(Name::Reason).filter_map(Reason::parse)
    }

    /// The cause of Q.850, if a reason gives one.
    pub fn q850_cause(&self) -> Option<u16> {
        self.reasons().find(|reason| reason.protocol == Protocol::Q850)?.cause
    }
}
