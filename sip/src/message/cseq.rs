//! CSeq and RAck: numbers with a method (RFC 3261 §20.16, RFC 3262 §7.2).

use super::bytes::{Scan, TOKEN, number, trim};
use super::method::Method;

/// Sequence numbers stay below this (RFC 3261 §8.1.1.5).
const SEQUENCE_MAX: u64 = (1 << 31) - 1;

/// A sequence number and the method it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq<'a> {
    /// Below 2³¹.
    pub number: u32,
    /// The method.
    pub method: Method,
    /// The method's bytes, of use when it is `Other`.
    pub method_bytes: &'a [u8],
}

impl<'a> CSeq<'a> {
    /// Reads `number LWS method`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::new(trim(value));
        let cseq = take(&mut scan)?;
        scan.is_empty().then_some(cseq)
    }
}

/// What a PRACK acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RAck<'a> {
    /// The RSeq of the provisional response.
    pub response: u32,
    /// Its CSeq.
    pub cseq: CSeq<'a>,
}

impl<'a> RAck<'a> {
    /// Reads `response-num LWS CSeq-num LWS Method`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::new(trim(value));
        let response = u32::try_from(number(scan.run(TOKEN), u64::from(u32::MAX))?).ok()?;
        scan.space();
        let cseq = take(&mut scan)?;
        scan.is_empty().then_some(RAck { response, cseq })
    }
}

fn take<'a>(scan: &mut Scan<'a>) -> Option<CSeq<'a>> {
    let number = u32::try_from(number(scan.run(TOKEN), SEQUENCE_MAX)?).ok()?;
    scan.space();
    let method_bytes = scan.run(TOKEN);
    if method_bytes.is_empty() {
        return None;
    }
    Some(CSeq { number, method: Method::from_bytes(method_bytes), method_bytes })
}
