//! After which failures the next route is tried, and after which never.

use std::fmt;
use std::time::Duration;

use call::Cause;

/// How an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its cause: from the Reason header when one came, from ISDN, or read from the SIP status.
    pub cause: Cause,
    /// The final SIP status, if the attempt was a SIP call.
    pub sip_status: Option<u16>,
}

impl Failure {
    /// A failure that SIP reported without a Q.850 Reason.
    #[must_use]
    pub fn of_sip(status: u16) -> Self {
        Self { cause: Cause::from_sip_status(status), sip_status: Some(status) }
    }

    /// A failure that came as a cause alone.
    #[must_use]
    pub fn of_cause(cause: Cause) -> Self {
        Self { cause, sip_status: None }
    }

    /// The SIP status a caller is given for it.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.sip_status.unwrap_or(self.cause.sip_status())
    }
}

/// A set of failures, as `q850/41-47`, `sip/6xx` and `any` name them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failures {
    pub(crate) causes: u128,
    /// Final statuses, inclusive ranges.
    pub(crate) statuses: Vec<(u16, u16)>,
    pub(crate) any: bool,
}

impl Failures {
    fn contain(&self, failure: &Failure) -> bool {
        let by_status = |status| self.statuses.iter().any(|&(first, last)| (first..=last).contains(&status));
        self.any || self.causes >> failure.cause.value() & 1 == 1 || failure.sip_status.is_some_and(by_status)
    }

    pub(crate) fn add_causes(&mut self, first: u8, last: u8) {
        for cause in first..=last.min(127) {
            self.causes |= 1 << cause;
        }
    }

    fn of(causes: &[(u8, u8)], statuses: &[(u16, u16)]) -> Self {
        let mut failures = Self { statuses: statuses.to_vec(), ..Self::default() };
        for &(first, last) in causes {
            failures.add_causes(first, last);
        }
        failures
    }
}

/// A named policy of failover. What is in `stop` ends the call, whatever else is said; what is in `retry` tries
/// the next route; everything else ends the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reroute {
    pub(crate) name: crate::Name,
    pub(crate) retry: Failures,
    pub(crate) stop: Failures,
    pub(crate) setup_wait: Option<Duration>,
}

/// The policy of a route that names none.
pub(crate) const DEFAULT: &str = "congestion";

impl Reroute {
    /// Its name in the plan.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the next route is to be tried after this failure (never after an answer).
    #[must_use]
    pub fn tries_next(&self, failure: &Failure) -> bool {
        self.retry.contain(failure) && !self.stop.contain(failure)
    }

    /// How long an attempt may leave the set-up without any reply before the next route is tried.
    #[must_use]
    pub fn no_answer_to_setup(&self) -> Option<Duration> {
        self.setup_wait
    }

    /// Overflows when the network or the trunk could not carry the call, and never rings again someone who was
    /// busy, declined, did not answer or does not exist.
    pub(crate) fn congestion() -> Self {
        const CARRIED_NOT: [(u8, u8); 14] = [
            (2, 3),
            (6, 6),
            (25, 25),
            (27, 27),
            (34, 34),
            (38, 38),
            (41, 44),
            (46, 47),
            (49, 50),
            (58, 58),
            (63, 63),
            (82, 82),
            (88, 88),
            (102, 102),
        ];
        Self {
            name: DEFAULT.into(),
            retry: Failures::of(&CARRIED_NOT, &[(408, 408), (500, 504)]),
            stop: Failures::of(&[(1, 1), (16, 19), (21, 23), (26, 26), (28, 28)], &[(600, 699)]),
            setup_wait: None,
        }
    }

    /// Tries every route whatever happened, save that the caller hung up.
    fn any() -> Self {
        let retry = Failures { any: true, ..Failures::default() };
        Self { name: "any".into(), retry, stop: Failures::of(&[(16, 16)], &[(487, 487)]), setup_wait: None }
    }

    /// Tries one route.
    fn never() -> Self {
        Self { name: "never".into(), retry: Failures::default(), stop: Failures::default(), setup_wait: None }
    }

    /// The policies every plan has, unless it defines its own by the same name.
    pub(crate) fn built_in() -> [Self; 3] {
        [Self::congestion(), Self::any(), Self::never()]
    }
}

impl fmt::Display for Reroute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
