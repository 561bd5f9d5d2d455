//! How long each state of a channel may last: no state but idle is without an end.

use core::time::Duration;

/// The deadlines of a channel, after the timers of Q.931 §9.5 (user side), at the level of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// A channel reserved and not seized falls back.
    pub reserved: Duration,
    /// T303: the far end answers a SETUP; it is sent once more, then the call fails with cause 102.
    pub t303: Duration,
    /// T304: the next digit, or the end of overlap sending.
    pub t304: Duration,
    /// T310: something follows CALL PROCEEDING.
    pub t310: Duration,
    /// T301: somebody answers what rings or announces.
    pub t301: Duration,
    /// The gateway reacts to a SETUP that came in.
    pub t302: Duration,
    /// T305: the far end releases after our DISCONNECT.
    pub t305: Duration,
    /// T306: tones after a DISCONNECT with progress indicator 8 end.
    pub t306: Duration,
    /// T308: the far end answers a RELEASE; it is sent once more, then the channel is restarted.
    pub t308: Duration,
    /// T316: the far end answers a RESTART; it is sent once more, then the channel is out for maintenance.
    pub t316: Duration,
    /// How long a released channel is left alone before we seize it again.
    pub guard: Duration,
    /// How long a call may last.
    pub call: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            reserved: Duration::from_secs(4),
            t303: Duration::from_secs(4),
            t304: Duration::from_secs(30),
            t310: Duration::from_secs(60),
            t301: Duration::from_secs(180),
            t302: Duration::from_secs(15),
            t305: Duration::from_secs(30),
            t306: Duration::from_secs(30),
            t308: Duration::from_secs(4),
            t316: Duration::from_secs(120),
            guard: Duration::from_millis(20),
            call: Duration::from_secs(12 * 3600),
        }
    }
}
