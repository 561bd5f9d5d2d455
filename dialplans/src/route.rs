//! A route: the trunks to try, by priority and weight.

use std::sync::Arc;

use crate::Name;
use crate::reroute::Reroute;

/// The most trunks one route may list.
pub(crate) const TRUNKS_PER_ROUTE_MAX: usize = 32;
/// How many trunks are tried when the route does not say.
pub(crate) const ATTEMPTS_DEFAULT: usize = 8;
/// The highest weight.
pub(crate) const WEIGHT_MAX: u32 = 10_000;

/// Trunks to try, and when to go on to the next.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) name: Name,
    /// Sorted by priority, else in the order written.
    pub(crate) entries: Vec<Entry>,
    pub(crate) attempts_max: usize,
    pub(crate) reroute: Arc<Reroute>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) trunk: u16,
    pub(crate) priority: u32,
    pub(crate) weight: u32,
}

impl Route {
    /// The trunks in the order they are to be tried. Within one priority each is drawn in proportion to its
    /// weight from those left; a weight of 0 comes after all others. The same `draw` gives the same order.
    pub(crate) fn order(&self, draw: u64) -> ([u16; TRUNKS_PER_ROUTE_MAX], usize) {
        let mut order = [0; TRUNKS_PER_ROUTE_MAX];
        let mut used = 0;
        let mut chance = Chance(draw);
        for tier in self.entries.chunk_by(|a, b| a.priority == b.priority) {
            let mut left = (1u64 << tier.len().min(63)) - 1;
            for _ in tier {
                let Some(pick) = pick(tier, left, &mut chance) else { break };
                left &= !(1 << pick);
                if let (Some(slot), Some(entry)) = (order.get_mut(used), tier.get(pick)) {
                    *slot = entry.trunk;
                    used += 1;
                }
            }
        }
        (order, used.min(self.attempts_max))
    }
}

/// One of the entries whose bit is in `left`.
fn pick(tier: &[Entry], left: u64, chance: &mut Chance) -> Option<usize> {
    let waiting = || tier.iter().enumerate().filter(|(index, _)| left >> index & 1 == 1);
    let total: u64 = waiting().map(|(_, entry)| u64::from(entry.weight)).sum();
    if total == 0 || left.count_ones() == 1 {
        return waiting().next().map(|(index, _)| index);
    }
    let mut ticket = chance.below(total);
    for (index, entry) in waiting() {
        match ticket.checked_sub(u64::from(entry.weight)) {
            Some(rest) => ticket = rest,
            None => return Some(index),
        }
    }
    None
}

/// Numbers drawn from the caller's one: splitmix64 (Steele, Lea, Flood 2014), which needs no more state.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        // The high half of a product spreads evenly over the bound (Lemire 2019).
        u64::try_from((u128::from(z) * u128::from(bound)) >> 64).unwrap_or(0)
    }
}
