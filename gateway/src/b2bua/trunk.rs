//! A trunk as it runs: what it is, how much of it is used, what it counted.

use std::net::IpAddr;
use std::time::Instant;

use media::tone::Country;

use super::limiter::Limiter;
use super::settings::{LineTrunk, SipTrunk, TrunkKind, TrunkSettings};
use super::{Patience, progress::Side};
use crate::control::Rejections;
use crate::records::Refusal;

pub(super) struct Trunk {
    pub(super) name: String,
    pub(super) patience: Patience,
    pub(super) country: Country,
    pub(super) kind: Kind,
    pub(super) attempts_in: u64,
    pub(super) attempts_out: u64,
    pub(super) active_in: u64,
    pub(super) active_out: u64,
    pub(super) rejected: Rejections,
    pub(super) digits_events: u64,
    pub(super) digits_tones: u64,
}

pub(super) enum Kind {
    Sip { settings: Box<SipTrunk>, limiter: Limiter },
    Line(Box<LineTrunk>),
}

impl Trunk {
    pub(super) fn new(settings: TrunkSettings, now: Instant) -> Self {
        let kind = match settings.kind {
            TrunkKind::Sip(sip) => Kind::Sip {
                limiter: Limiter::new(sip.calls, sip.calls_per_second, now),
                settings: Box::new(sip),
            },
            TrunkKind::Line(line) => Kind::Line(line),
        };
        Self {
            name: settings.name,
            patience: settings.patience,
            country: settings.country,
            kind,
            attempts_in: 0,
            attempts_out: 0,
            active_in: 0,
            active_out: 0,
            rejected: Rejections::default(),
            digits_events: 0,
            digits_tones: 0,
        }
    }

    /// Whether a SIP request from this address is one of this trunk's.
    pub(super) fn is_source(&self, address: IpAddr) -> bool {
        match &self.kind {
            Kind::Sip { settings, .. } => settings.sources.iter().any(|network| network.contains(address)),
            Kind::Line(_) => false,
        }
    }

    pub(super) const fn sip(&self) -> Option<&SipTrunk> {
        match &self.kind {
            Kind::Sip { settings, .. } => Some(settings),
            Kind::Line(_) => None,
        }
    }

    pub(super) fn line(&self) -> Option<&LineTrunk> {
        match &self.kind {
            Kind::Sip { .. } => None,
            Kind::Line(line) => Some(line),
        }
    }

    pub(super) fn line_mut(&mut self) -> Option<&mut trunks::Trunk> {
        match &mut self.kind {
            Kind::Sip { .. } => None,
            Kind::Line(line) => Some(&mut line.trunk),
        }
    }

    /// A leg begins on it. Lines keep their own limits, when a channel is seized.
    pub(super) fn enter(&mut self, side: Side, now: Instant) -> Result<(), Refusal> {
        match side {
            Side::Caller => self.attempts_in += 1,
            Side::Callee => self.attempts_out += 1,
        }
        if let Kind::Sip { limiter, .. } = &mut self.kind
            && let Err(why) = limiter.enter(now)
        {
            self.rejected.count(why);
            return Err(why);
        }
        *self.active(side) += 1;
        Ok(())
    }

    /// A leg that had begun is over.
    pub(super) fn leave(&mut self, side: Side) {
        if let Kind::Sip { limiter, .. } = &mut self.kind {
            limiter.leave();
        }
        let active = self.active(side);
        *active = active.saturating_sub(1);
    }

    const fn active(&mut self, side: Side) -> &mut u64 {
        match side {
            Side::Caller => &mut self.active_in,
            Side::Callee => &mut self.active_out,
        }
    }

    /// Whether it can carry a call: a SIP peer always may, a line needs a channel in service.
    pub(super) fn is_up(&self) -> bool {
        match &self.kind {
            Kind::Sip { .. } => true,
            Kind::Line(line) => line
                .trunk
                .channels()
                .any(|channel| channel.administrative == trunks::Administrative::InService),
        }
    }

    /// A digit was heard from it.
    pub(super) const fn digit(&mut self, how: media::DigitSource) {
        match how {
            media::DigitSource::Event => self.digits_events += 1,
            media::DigitSource::InBand => self.digits_tones += 1,
        }
    }

    /// The most calls at once: configured, or else what its channels carry; 0 means no limit.
    pub(super) fn calls_limit(&self) -> u64 {
        match &self.kind {
            Kind::Sip { limiter, .. } => limiter.calls_max().map_or(0, u64::from),
            Kind::Line(line) => u64::try_from(line.trunk.channels().count()).unwrap_or(u64::MAX),
        }
    }
}
