//! Why a call ended: Q.850 cause values with their location.

mod names;
mod sip;

use core::fmt;

/// Where a cause arose, Q.850 §2.2.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Location {
    /// The user.
    #[default]
    User,
    /// The private network serving the local user.
    PrivateLocal,
    /// The public network serving the local user.
    PublicLocal,
    /// The transit network.
    Transit,
    /// The public network serving the remote user.
    PublicRemote,
    /// The private network serving the remote user.
    PrivateRemote,
    /// The international network.
    International,
    /// A network beyond the interworking point.
    BeyondInterworking,
}

impl Location {
    /// The value on the wire.
    pub const fn value(self) -> u8 {
        match self {
            Self::User => 0,
            Self::PrivateLocal => 1,
            Self::PublicLocal => 2,
            Self::Transit => 3,
            Self::PublicRemote => 4,
            Self::PrivateRemote => 5,
            Self::International => 7,
            Self::BeyondInterworking => 10,
        }
    }

    /// From the value on the wire; reserved values read as beyond interworking.
    pub const fn from_value(value: u8) -> Self {
        match value {
            0 => Self::User,
            1 => Self::PrivateLocal,
            2 => Self::PublicLocal,
            3 => Self::Transit,
            4 => Self::PublicRemote,
            5 => Self::PrivateRemote,
            7 => Self::International,
            _ => Self::BeyondInterworking,
        }
    }
}

/// The class of a cause: bits 5–7 of its value, Q.850 §2.2.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CauseClass {
    /// 1–31, normal event.
    Normal,
    /// 32–47, resource unavailable.
    ResourceUnavailable,
    /// 48–63, service or option not available.
    ServiceUnavailable,
    /// 64–79, service or option not implemented.
    NotImplemented,
    /// 80–95, invalid message.
    InvalidMessage,
    /// 96–111, protocol error.
    ProtocolError,
    /// 112–127, interworking.
    Interworking,
}

/// A Q.850 cause, 1–127, and where it arose.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cause {
    value: u8,
    location: Location,
}

impl Cause {
    /// A cause of this value, arisen at this place; `None` outside 1–127.
    pub const fn new(value: u8, location: Location) -> Option<Self> {
        if value >= 1 && value <= 127 { Some(Self { value, location }) } else { None }
    }

    const fn of(value: u8) -> Self {
        Self { value, location: Location::PrivateLocal }
    }

    /// 1: the number is not in use.
    pub const UNALLOCATED: Self = Self::of(1);
    /// 3: nothing here leads there.
    pub const NO_ROUTE: Self = Self::of(3);
    /// 16: somebody hung up.
    pub const NORMAL_CLEARING: Self = Self::of(16);
    /// 17: the callee is in another call.
    pub const USER_BUSY: Self = Self::of(17);
    /// 18: the callee's equipment does not answer at all.
    pub const NO_USER_RESPONDING: Self = Self::of(18);
    /// 19: it rings and nobody answers.
    pub const NO_ANSWER: Self = Self::of(19);
    /// 21: the callee, or a rule, does not want this call.
    pub const CALL_REJECTED: Self = Self::of(21);
    /// 25: the call went round in circles or too far.
    pub const EXCHANGE_ROUTING_ERROR: Self = Self::of(25);
    /// 27: the far end cannot be reached now.
    pub const DESTINATION_OUT_OF_ORDER: Self = Self::of(27);
    /// 28: too few digits, or digits that mean nothing.
    pub const INVALID_NUMBER: Self = Self::of(28);
    /// 31: nothing better is known.
    pub const NORMAL_UNSPECIFIED: Self = Self::of(31);
    /// 34: every circuit is in use.
    pub const NO_CIRCUIT: Self = Self::of(34);
    /// 38: the network is out of order.
    pub const NETWORK_OUT_OF_ORDER: Self = Self::of(38);
    /// 41: try again.
    pub const TEMPORARY_FAILURE: Self = Self::of(41);
    /// 42: the switch has too much to do.
    pub const SWITCHING_CONGESTION: Self = Self::of(42);
    /// 44: that very channel cannot be had (glare).
    pub const CHANNEL_UNAVAILABLE: Self = Self::of(44);
    /// 47: some other resource is short.
    pub const RESOURCE_UNAVAILABLE: Self = Self::of(47);
    /// 58: the bearer wanted cannot be had now.
    pub const BEARER_UNAVAILABLE: Self = Self::of(58);
    /// 65: the bearer wanted is not implemented.
    pub const BEARER_NOT_IMPLEMENTED: Self = Self::of(65);
    /// 81: there is no such call.
    pub const INVALID_CALL_REFERENCE: Self = Self::of(81);
    /// 88: the other side cannot take such a call.
    pub const INCOMPATIBLE_DESTINATION: Self = Self::of(88);
    /// 102: a timer ran out.
    pub const TIMER_EXPIRY: Self = Self::of(102);
    /// 111: the protocol was broken.
    pub const PROTOCOL_ERROR: Self = Self::of(111);
    /// 127: something beyond an interworking.
    pub const INTERWORKING: Self = Self::of(127);

    /// The Q.850 value, 1–127.
    pub const fn value(self) -> u8 {
        self.value
    }

    /// Where it arose.
    pub const fn location(self) -> Location {
        self.location
    }

    /// The same cause, arisen elsewhere.
    #[must_use]
    pub const fn at(self, location: Location) -> Self {
        Self { location, ..self }
    }

    /// Its class.
    pub const fn class(self) -> CauseClass {
        match self.value {
            0..=31 => CauseClass::Normal,
            32..=47 => CauseClass::ResourceUnavailable,
            48..=63 => CauseClass::ServiceUnavailable,
            64..=79 => CauseClass::NotImplemented,
            80..=95 => CauseClass::InvalidMessage,
            96..=111 => CauseClass::ProtocolError,
            112.. => CauseClass::Interworking,
        }
    }

    /// Its name in Q.850, in lower case; the class's name where Q.850 gives no own.
    pub const fn name(self) -> &'static str {
        names::name(self)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value, self.name())
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({self}, {:?})", self.location)
    }
}

#[cfg(test)]
mod tests;
