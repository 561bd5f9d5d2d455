//! One heap of deadlines, one entry for each thing that waits, so that a stopped timer leaves nothing behind.

use std::time::Instant;

/// Who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiter {
    /// The transaction in this slot.
    Transaction(u32),
    /// The session in this slot.
    Session(u32),
    /// The connection in this slot.
    Connection(u32),
}

/// A timer slot, owned by one waiter for its whole life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimerId(u32);

const IDLE: u32 = u32::MAX;
/// Children of a heap node: four share a cache line.
const BRANCHES: usize = 4;

#[derive(Clone, Copy)]
struct Entry {
    at: Instant,
    slot: u32,
}

struct Slot {
    place: u32,
    waiter: Waiter,
}

/// A four-ary heap whose slots know their place: setting, moving and stopping cost O(log n).
#[derive(Default)]
pub(super) struct Timers {
    heap: Vec<Entry>,
    slots: slab::Slab<Slot>,
}

impl Timers {
    /// A slot for `waiter`, not running.
    pub(super) fn create(&mut self, waiter: Waiter) -> TimerId {
        TimerId(index(self.slots.insert(Slot { place: IDLE, waiter })))
    }

    /// Stops the timer and gives its slot back.
    pub(super) fn remove(&mut self, timer: TimerId) {
        self.set(timer, None);
        if self.slots.contains(timer.0 as usize) {
            self.slots.remove(timer.0 as usize);
        }
    }

    /// Runs the timer until `at`, or stops it.
    pub(super) fn set(&mut self, timer: TimerId, at: Option<Instant>) {
        let Some(place) = self.slots.get(timer.0 as usize).map(|slot| slot.place) else { return };
        match (at, place) {
            (None, IDLE) => {}
            (None, place) => self.take(place as usize),
            (Some(at), IDLE) => {
                let place = self.heap.len();
                self.heap.push(Entry { at, slot: timer.0 });
                self.put(place, Entry { at, slot: timer.0 });
                self.rise(place);
            }
            (Some(at), place) => {
                let place = place as usize;
                if let Some(entry) = self.heap.get_mut(place) {
                    entry.at = at;
                }
                self.rise(place);
                self.sink(place);
            }
        }
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.first().map(|entry| entry.at)
    }

    /// Who is due at `now`, stopped by being returned.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Waiter> {
        let first = *self.heap.first()?;
        if first.at > now {
            return None;
        }
        self.take(0);
        self.slots.get(first.slot as usize).map(|slot| slot.waiter)
    }

    /// How many timers run.
    pub(super) fn running(&self) -> usize {
        self.heap.len()
    }

    fn take(&mut self, place: usize) {
        if place >= self.heap.len() {
            return;
        }
        let gone = self.heap.swap_remove(place);
        self.note(gone.slot, IDLE);
        if let Some(&moved) = self.heap.get(place) {
            self.note(moved.slot, index(place));
            self.rise(place);
            self.sink(place);
        }
    }

    fn rise(&mut self, mut place: usize) {
        let Some(&entry) = self.heap.get(place) else { return };
        while place > 0 {
            let above = (place - 1) / BRANCHES;
            match self.heap.get(above) {
                Some(&parent) if parent.at > entry.at => self.put(place, parent),
                Some(_) | None => break,
            }
            place = above;
        }
        self.put(place, entry);
    }

    fn sink(&mut self, mut place: usize) {
        let Some(&entry) = self.heap.get(place) else { return };
        loop {
            let first = place * BRANCHES + 1;
            let end = (first + BRANCHES).min(self.heap.len());
            let least =
                (first..end).filter_map(|at| Some((at, *self.heap.get(at)?))).min_by_key(|(_, e)| e.at);
            match least {
                Some((below, child)) if child.at < entry.at => {
                    self.put(place, child);
                    place = below;
                }
                Some(_) | None => break,
            }
        }
        self.put(place, entry);
    }

    fn put(&mut self, place: usize, entry: Entry) {
        if let Some(at) = self.heap.get_mut(place) {
            *at = entry;
        }
        self.note(entry.slot, index(place));
    }

    fn note(&mut self, slot: u32, place: u32) {
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            slot.place = place;
        }
    }
}

/// Slots are counted in 32 bits; every table's limit lies far below.
pub(super) fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(IDLE)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn timers_fire_in_order_and_stopped_ones_never() {
        let start = crate::stack::tests::start();
        let mut timers = Timers::default();
        let mut random = 7u64;
        let ids: Vec<TimerId> = (0..1000).map(|n| timers.create(Waiter::Session(n))).collect();
        let mut due = vec![None; ids.len()];
        for step in 0..20_000usize {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let n = (random >> 33) as usize % ids.len();
            let at = (step % 3 != 0).then(|| start + Duration::from_millis((random >> 40) % 5000));
            timers.set(ids[n], at);
            due[n] = at;
        }
        let mut expected: Vec<Instant> = due.iter().flatten().copied().collect();
        expected.sort();
        assert_eq!(timers.running(), expected.len());
        for at in expected {
            assert_eq!(timers.next(), Some(at));
            let Some(Waiter::Session(n)) = timers.pop(at) else { panic!("nobody is due") };
            assert_eq!(due[n as usize].take(), Some(at));
        }
        assert_eq!(timers.pop(start + Duration::from_secs(60)), None);
    }

    #[test]
    fn a_removed_timer_leaves_nothing() {
        let start = crate::stack::tests::start();
        let mut timers = Timers::default();
        let one = timers.create(Waiter::Transaction(1));
        let two = timers.create(Waiter::Transaction(2));
        timers.set(one, Some(start));
        timers.set(two, Some(start + Duration::from_secs(1)));
        timers.remove(one);
        timers.set(one, Some(start));
        assert_eq!(timers.running(), 1);
        assert_eq!(timers.pop(start + Duration::from_secs(2)), Some(Waiter::Transaction(2)));
    }
}
