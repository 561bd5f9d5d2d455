//! Causes in SIP messages: the Reason header (RFC 3326, RFC 6432) before the status.

use std::fmt::Write;

use call::{Cause, Location};
use sip::message::Message;

/// The Q.850 cause a message brings in a Reason header.
fn reason(message: &Message<'_>) -> Option<Cause> {
    let value = u8::try_from(message.q850_cause()?).ok()?;
    Cause::new(value, Location::PublicLocal)
}

/// Why a final response refused a call.
pub(super) fn of_response(status: u16, message: Option<&Message<'_>>) -> Cause {
    message.and_then(reason).unwrap_or_else(|| Cause::from_sip_status(status))
}

/// The status a caller is given for an unanswered call: the callee's own where it came with no other cause than
/// it stands for, else the cause's. The way back from a cause alone would make 408 of a callee's 480.
///
/// A challenge is for us to answer and a redirection for us to follow, 481 and 482 are about our own request: a
/// caller gets none of them.
pub(super) fn status_for_caller(cause: Cause, callee: Option<u16>) -> u16 {
    let passes = |status: &u16| {
        (400..700).contains(status)
            && !matches!(status, 401 | 407 | 481 | 482)
            && Cause::from_sip_status(*status).value() == cause.value()
    };
    callee.filter(passes).unwrap_or(cause.sip_status())
}

/// Why a CANCEL or BYE ended a call; without a word it is normal clearing.
pub(super) fn of_request(message: &Message<'_>) -> Cause {
    reason(message).unwrap_or(Cause::NORMAL_CLEARING)
}

/// The value of a Reason header that says `cause`.
pub(super) fn written(cause: Cause) -> String {
    let mut value = String::with_capacity(64);
    // Writing to a String never fails.
    let _infallible = write!(value, "Q.850;cause={};text=\"{}\"", cause.value(), cause.name());
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callees_status_reaches_the_caller_unless_it_is_ours_to_deal_with() {
        for (status, given) in [
            (480, 480),
            (408, 408),
            (486, 486),
            (600, 600),
            (603, 603),
            (500, 500),
            (503, 503),
            (401, 403),
            (407, 403),
        ] {
            let cause = Cause::from_sip_status(status);
            assert_eq!(status_for_caller(cause, Some(status)), given, "{status}");
        }
        let reason = Cause::new(17, Location::PublicLocal).unwrap();
        assert_eq!(status_for_caller(reason, Some(480)), 486, "the Reason header says more");
        assert_eq!(status_for_caller(reason, None), 486);
    }
}
