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
