//! Q.850 causes and SIP statuses put into each other: RFC 3398 §7.2.4.1 and §8.2.6.1, which its silence on
//! some causes is filled by Q.1912.5 and common practice.

use super::{Cause, CauseClass, Location};

impl Cause {
    /// The final SIP response that says this cause before answer. RFC 3398 §7.2.4.1; where it has no row, the
    /// class decides. A callee who rejects (21 from a user) is a 603.
    pub const fn sip_status(self) -> u16 {
        match self.value {
            1..=5 | 26 | 91 => 404,
            6 | 34 | 38 | 41 | 42 | 44 | 47 | 49 | 50 | 58 | 63 | 88 => 503,
            8 | 16 | 19 | 20 | 31 => 480,
            9 => 488,
            17 => 486,
            18 => 408,
            21 => match self.location {
                Location::User => 603,
                Location::PrivateLocal
                | Location::PublicLocal
                | Location::Transit
                | Location::PublicRemote
                | Location::PrivateRemote
                | Location::International
                | Location::BeyondInterworking => 403,
            },
            22 | 23 => 410,
            25 => 500,
            27 | 43 => 502,
            28 => 484,
            29 | 69 | 79 => 501,
            53 | 55 | 57 | 87 => 403,
            65 | 70 => 488,
            102 => 504,
            _ => self.class_status(),
        }
    }

    const fn class_status(self) -> u16 {
        match self.class() {
            CauseClass::Normal => 480,
            CauseClass::ResourceUnavailable | CauseClass::ServiceUnavailable => 503,
            CauseClass::NotImplemented => 501,
            CauseClass::InvalidMessage | CauseClass::ProtocolError | CauseClass::Interworking => 500,
        }
    }

    /// The cause that a final SIP response says when it brings no Q.850 Reason, RFC 3398 §8.2.6.1. A status
    /// the table lacks reads as the x00 of its class (RFC 3261 §8.1.3.2).
    pub const fn from_sip_status(status: u16) -> Self {
        let value = match status {
            400 | 481 | 500 | 503 => 41,
            401 | 402 | 403 | 407 | 603 => 21,
            404 | 485 | 604 => 1,
            405 => 63,
            406 | 415 | 501 => 79,
            408 | 504 => 102,
            410 => 22,
            413 | 414 | 416 | 420 | 421 | 423 | 505 | 513 => 127,
            480 => 18,
            482 | 483 => 25,
            484 => 28,
            486 | 600 => 17,
            487 => 16,
            488 | 606 => 31,
            502 => 38,
            300..=399 => 23,
            400..=599 => 41,
            600..=699 => 21,
            _ => 127,
        };
        let location = match status {
            600..=699 | 486 | 480 => Location::User,
            _ => Location::PublicLocal,
        };
        Self { value, location }
    }
}
