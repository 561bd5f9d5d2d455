//! When each paced endpoint is due: ticks of 5 ms, each endpoint every so many of them, evenly spread.

use core::time::Duration;
use std::time::Instant;

/// Milliseconds of one tick.
const TICK_MILLISECONDS: u8 = 5;
const TICK: Duration = Duration::from_millis(TICK_MILLISECONDS as u64);
/// Ticks of the longest period, 60 ms.
const TICKS_MAX: usize = 12;
/// Ticks that are made up for when the thread was held up; more are left out.
const CATCH_UP: u64 = 40;

/// The endpoints that are due every period, by period and phase.
///
/// Membership changes by commands only; a tick reads lists and changes nothing.
#[derive(Debug)]
pub(crate) struct Wheel {
    epoch: Instant,
    /// The tick that comes next.
    next: u64,
    /// `members[p - 1][n]`: due when the tick's number leaves n in a division by p.
    members: [[Vec<u16>; TICKS_MAX]; TICKS_MAX],
    /// The period and phase of each place.
    places: Vec<Option<(usize, usize)>>,
    count: usize,
    /// The moment of the next tick that has anybody due.
    due: Option<Instant>,
}

impl Wheel {
    pub(crate) fn new(places: usize, now: Instant) -> Self {
        Self {
            epoch: now,
            next: 0,
            members: Default::default(),
            places: vec![None; places],
            count: 0,
            due: None,
        }
    }

    /// Makes the endpoint due every so many milliseconds, in the phase that has fewest others.
    pub(crate) fn add(&mut self, place: u16, milliseconds: u8, now: Instant) {
        let period = usize::from(milliseconds / TICK_MILLISECONDS).clamp(1, TICKS_MAX);
        let Some(current) = self.places.get(usize::from(place)) else { return };
        if current.is_some_and(|(current, _)| current == period) {
            return;
        }
        self.remove(place);
        if self.count == 0 {
            self.next = self.number(now).saturating_add(1);
        }
        let phases = self.members.get(period - 1).into_iter().flat_map(|phases| phases.iter().take(period));
        let Some((phase, _)) = phases.enumerate().min_by_key(|(_, members)| members.len()) else { return };
        if let Some(members) = self.list(period, phase) {
            members.push(place);
        }
        if let Some(current) = self.places.get_mut(usize::from(place)) {
            *current = Some((period, phase));
            self.count += 1;
        }
        self.due = self.next_due();
    }

    /// The endpoint is due no more.
    pub(crate) fn remove(&mut self, place: u16) {
        let Some((period, phase)) = self.places.get_mut(usize::from(place)).and_then(Option::take) else {
            return;
        };
        self.count -= 1;
        if let Some(members) = self.list(period, phase)
            && let Some(at) = members.iter().position(|member| *member == place)
        {
            members.swap_remove(at);
        }
        self.due = self.next_due();
    }

    /// When the next tick that has anybody due comes.
    pub(crate) const fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }

    fn next_due(&self) -> Option<Instant> {
        if self.count == 0 {
            return None;
        }
        let busy = |tick: &u64| (1..=TICKS_MAX).any(|period| !self.due(*tick, period).is_empty());
        (self.next..).take(TICKS_MAX).find(busy).map(|tick| self.time(tick))
    }

    /// The next tick if its time has come. Ticks nobody is due in are passed over.
    pub(crate) fn take_tick(&mut self, now: Instant) -> Option<u64> {
        if self.due.is_none_or(|due| now < due) {
            return None;
        }
        let current = self.number(now);
        self.next = self.next.max(current.saturating_sub(CATCH_UP));
        if self.next > current {
            self.due = self.next_due();
            return None;
        }
        let tick = self.next;
        self.next += 1;
        Some(tick)
    }

    /// Who is due in this tick with this period; periods go from 1 to [`Self::periods`].
    pub(crate) fn due(&self, tick: u64, period: usize) -> &[u16] {
        let phase = usize::try_from(tick % (period as u64).max(1)).unwrap_or(0);
        self.members.get(period - 1).and_then(|phases| phases.get(phase)).map_or(&[], Vec::as_slice)
    }

    /// Samples of one tick.
    pub(crate) const TICK_SAMPLES: usize = TICK_MILLISECONDS as usize * 8;

    /// The longest period, in ticks.
    pub(crate) const fn periods() -> usize {
        TICKS_MAX
    }

    /// The moment a tick is meant for.
    pub(crate) fn time(&self, tick: u64) -> Instant {
        self.epoch + TICK.saturating_mul(u32::try_from(tick).unwrap_or(u32::MAX))
    }

    /// The number of the latest tick up to now.
    fn number(&self, now: Instant) -> u64 {
        let elapsed = now.saturating_duration_since(self.epoch).as_millis() / u128::from(TICK_MILLISECONDS);
        u64::try_from(elapsed).unwrap_or(u64::MAX)
    }

    fn list(&mut self, period: usize, phase: usize) -> Option<&mut Vec<u16>> {
        self.members.get_mut(period.checked_sub(1)?)?.get_mut(phase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::epoch;

    fn ticks(wheel: &mut Wheel, now: Instant) -> Vec<(u64, Vec<u16>)> {
        let mut seen = Vec::new();
        while let Some(tick) = wheel.take_tick(now) {
            let due: Vec<u16> = (1..=Wheel::periods()).flat_map(|p| wheel.due(tick, p).to_vec()).collect();
            if !due.is_empty() {
                seen.push((tick, due));
            }
        }
        seen
    }

    #[test]
    fn endpoints_of_one_period_are_spread_over_its_phases() {
        let start = epoch();
        let mut wheel = Wheel::new(8, start);
        assert_eq!(wheel.poll_timeout(), None);
        for place in 0..8 {
            wheel.add(place, 20, start);
        }
        let seen = ticks(&mut wheel, start + Duration::from_millis(20));
        assert_eq!(seen.iter().map(|(_, due)| due.len()).collect::<Vec<_>>(), [2, 2, 2, 2]);
        assert_eq!(wheel.poll_timeout(), Some(start + Duration::from_millis(25)));
    }

    #[test]
    fn an_endpoint_is_due_every_period_and_only_then() {
        let start = epoch();
        let mut wheel = Wheel::new(2, start);
        wheel.add(0, 30, start);
        let seen = ticks(&mut wheel, start + Duration::from_millis(90));
        assert_eq!(seen.iter().map(|(tick, _)| *tick).collect::<Vec<_>>(), [6, 12, 18]);
        wheel.add(0, 60, start);
        wheel.remove(0);
        assert_eq!(wheel.poll_timeout(), None);
    }

    #[test]
    fn a_long_hold_up_is_not_made_up_for_without_end() {
        let start = epoch();
        let mut wheel = Wheel::new(1, start);
        wheel.add(0, 5, start);
        assert_eq!(ticks(&mut wheel, start + Duration::from_secs(60)).len(), 41);
    }
}
