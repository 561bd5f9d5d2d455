//! The timer values of RFC 3261 table 4, all derived from T1, T2 and T4.

use std::time::Duration;

/// Timer values of every transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The round-trip estimate.
    pub t1: Duration,
    /// The longest interval between retransmissions of a non-INVITE request or an INVITE response.
    pub t2: Duration,
    /// How long a message can stay in the network.
    pub t4: Duration,
    /// How long an INVITE may stay unanswered after its last provisional response: timer C, RFC 3261 §16.6.
    pub ringing: Duration,
    /// How often a ringing server repeats its provisional response: RFC 3261 §13.3.1.1.
    pub refresh: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            ringing: Duration::from_secs(200),
            refresh: Duration::from_secs(60),
        }
    }
}

impl Timing {
    /// 64 × T1: timers B, D, F, H, J, L and M.
    pub fn patience(&self) -> Duration {
        self.t1.saturating_mul(64)
    }

    /// Timer D: at least 32 s on an unreliable transport, nothing on a reliable one.
    pub fn late_failures(&self, reliable: bool) -> Duration {
        if reliable { Duration::ZERO } else { self.patience() }
    }

    /// Timers I and K: T4 on an unreliable transport, nothing on a reliable one.
    pub fn late_messages(&self, reliable: bool) -> Duration {
        if reliable { Duration::ZERO } else { self.t4 }
    }

    /// Timer J: 64 × T1 on an unreliable transport, nothing on a reliable one.
    pub fn late_requests(&self, reliable: bool) -> Duration {
        if reliable { Duration::ZERO } else { self.patience() }
    }
}
