//! What the gateway itself calls a call.

/// The gateway's own name of a call: grows with every call, so that the oldest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct CallKey(pub(super) u64);
