//! The names of Q.850 §2.2.7.

use super::{Cause, CauseClass};

pub(super) const fn name(cause: Cause) -> &'static str {
    match cause.class() {
        CauseClass::Normal => normal(cause.value()),
        CauseClass::ResourceUnavailable | CauseClass::ServiceUnavailable => unavailable(cause.value()),
        CauseClass::NotImplemented => not_implemented(cause.value()),
        CauseClass::InvalidMessage | CauseClass::ProtocolError | CauseClass::Interworking => {
            protocol(cause.value())
        }
    }
}

const fn normal(value: u8) -> &'static str {
    match value {
        1 => "unallocated number",
        2 => "no route to transit network",
        3 => "no route to destination",
        4 => "send special information tone",
        5 => "misdialled trunk prefix",
        6 => "channel unacceptable",
        7 => "call awarded in established channel",
        8 => "preemption",
        9 => "preemption, circuit reserved",
        10..=13 => "normal",
        14 => "query on release, number ported",
        16 => "normal call clearing",
        17 => "user busy",
        18 => "no user responding",
        19 => "no answer from user",
        20 => "subscriber absent",
        21 => "call rejected",
        22 => "number changed",
        23 => "redirection to new destination",
        24 => "call rejected, feature at destination",
        25 => "exchange routing error",
        26 => "non-selected user clearing",
        27 => "destination out of order",
        28 => "invalid number format",
        29 => "facility rejected",
        30 => "response to status enquiry",
        _ => "normal, unspecified",
    }
}

const fn unavailable(value: u8) -> &'static str {
    match value {
        34 => "no circuit available",
        38 => "network out of order",
        39 => "frame mode connection out of service",
        40 => "frame mode connection operational",
        41 => "temporary failure",
        42 => "switching equipment congestion",
        43 => "access information discarded",
        44 => "requested channel not available",
        46 => "precedence call blocked",
        32..=47 => "resource unavailable, unspecified",
        49 => "quality of service not available",
        50 => "requested facility not subscribed",
        53 => "outgoing calls barred within closed user group",
        55 => "incoming calls barred within closed user group",
        57 => "bearer capability not authorized",
        58 => "bearer capability not presently available",
        62 => "inconsistent outgoing access information",
        _ => "service or option not available",
    }
}

const fn not_implemented(value: u8) -> &'static str {
    match value {
        65 => "bearer capability not implemented",
        66 => "channel type not implemented",
        69 => "requested facility not implemented",
        70 => "only restricted digital bearer available",
        _ => "service or option not implemented",
    }
}

const fn protocol(value: u8) -> &'static str {
    match value {
        81 => "invalid call reference value",
        82 => "identified channel does not exist",
        83 => "suspended call exists, call identity does not",
        84 => "call identity in use",
        85 => "no call suspended",
        86 => "call with that identity has been cleared",
        87 => "user not member of closed user group",
        88 => "incompatible destination",
        90 => "non-existent closed user group",
        91 => "invalid transit network selection",
        80 | 89 | 92..=95 => "invalid message",
        96 => "mandatory information element missing",
        97 => "message type not implemented",
        98 => "message not compatible with call state or not implemented",
        99 => "information element not implemented",
        100 => "invalid information element contents",
        101 => "message not compatible with call state",
        102 => "recovery on timer expiry",
        103 => "parameter not implemented, passed on",
        110 => "message with unrecognized parameter discarded",
        104..=109 | 111 => "protocol error",
        _ => "interworking, unspecified",
    }
}
