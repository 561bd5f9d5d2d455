//! The media engine without the world: commands, packets and time in; packets, sockets to open and events out.

mod commands;
mod frames;
mod outbox;
mod packets;
mod plan;
mod timeouts;
mod wheel;

use core::time::Duration;
use std::time::Instant;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

pub use outbox::{Output, Port};
pub use packets::Forward;

use crate::bridge::Joints;
use crate::endpoint::{Endpoint, Moment, Stream};
use crate::rtp::rtcp::NtpTime;
use outbox::Outbox;
use wheel::Wheel;

/// What one core may hold, and where its time and chance begin.
#[derive(Clone, Debug)]
pub struct CoreConfig {
    /// The most endpoints at once.
    pub endpoints: u16,
    /// The seed of all it draws: SSRCs, first numbers, report intervals.
    pub seed: [u8; 32],
    /// The time since 1970 at the moment given to [`Core::new`], for RTCP.
    pub since_1970: Duration,
}

/// The endpoints and bridges of one media thread.
///
/// Feed it by [`Core::handle_command`], [`Core::handle_packet`], [`Core::handle_control_packet`] and
/// [`Core::handle_timeout`], then drain [`Core::poll_output`]; [`Core::poll_timeout`] says when to come again.
pub struct Core {
    endpoints: Vec<Option<Endpoint>>,
    joints: Joints,
    wheel: Wheel,
    /// When each place is to be looked at, apart from its packets and its pace; no longer than the last that is.
    checks: Vec<Option<Instant>>,
    next_check: Option<Instant>,
    /// Who is due now; kept for its memory.
    due: Vec<u16>,
    random: ChaCha8Rng,
    out: Outbox,
    started: Instant,
    since_1970: Duration,
}

impl Core {
    /// A core without endpoints.
    pub fn new(config: &CoreConfig, now: Instant) -> Self {
        let places = usize::from(config.endpoints);
        Self {
            endpoints: (0..places).map(|_| None).collect(),
            joints: Joints::new(places),
            wheel: Wheel::new(places, now),
            checks: Vec::with_capacity(places),
            next_check: None,
            due: Vec::new(),
            random: ChaCha8Rng::from_seed(config.seed),
            out: Outbox::default(),
            started: now,
            since_1970: config.since_1970,
        }
    }

    /// What to do next, if anything.
    pub fn poll_output(&mut self) -> Option<Output<'_>> {
        self.out.poll()
    }

    /// When [`Core::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match (self.wheel.poll_timeout(), self.next_check) {
            (Some(tick), Some(check)) => Some(tick.min(check)),
            (tick, check) => tick.or(check),
        }
    }

    /// How many endpoints it holds.
    pub fn endpoints(&self) -> usize {
        self.endpoints.iter().flatten().count()
    }

    fn stream(&mut self, place: u16) -> Option<&mut Stream> {
        match self.endpoints.get_mut(usize::from(place))? {
            Some(Endpoint::Stream(stream)) => Some(stream),
            Some(Endpoint::Line(_)) | None => None,
        }
    }

    /// A moment with its wall-clock time and its chance.
    fn moment(&mut self, now: Instant) -> Moment {
        let since_1970 = self.since_1970.saturating_add(now.saturating_duration_since(self.started));
        Moment {
            now,
            ntp: NtpTime::from_unix(since_1970),
            chance: f64::from(self.random.next_u32()) / f64::from(u32::MAX),
        }
    }

    /// Looks at the endpoint no later than this.
    fn look(&mut self, place: u16, at: Instant) {
        let place = usize::from(place);
        if self.checks.len() <= place {
            self.checks.resize(place + 1, None);
        }
        if let Some(check) = self.checks.get_mut(place) {
            *check = Some(check.map_or(at, |before| before.min(at)));
            self.next_check = Some(self.next_check.map_or(at, |before| before.min(at)));
        }
    }

    /// Looks at the endpoint no more.
    fn overlook(&mut self, place: u16) {
        if let Some(check) = self.checks.get_mut(usize::from(place)) {
            *check = None;
        }
        while let Some(None) = self.checks.last() {
            self.checks.pop();
        }
    }
}
