//! Names of endpoints: which media thread, which of its places, and the how-manieth user of that place.

use core::fmt;

/// The name of one endpoint, minted by [`Ids`]; it never names two endpoints.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId {
    thread: u16,
    place: u16,
    generation: u32,
}

impl EndpointId {
    /// The media thread that owns the endpoint.
    pub const fn thread(self) -> usize {
        self.thread as usize
    }

    /// Its place in that thread's table.
    pub const fn place(self) -> usize {
        self.place as usize
    }
}

impl fmt::Debug for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.thread, self.place, self.generation)
    }
}

/// Mints the names of endpoints, spreading them over the media threads.
///
/// Endpoints are bridged on one thread only, so the second leg of a call is named beside the first.
#[derive(Debug)]
pub struct Ids {
    threads: Vec<Places>,
}

/// The places of one thread.
#[derive(Debug)]
struct Places {
    /// The last one given back is taken next: the tables stay as short, and as warm, as the calls allow.
    free: Vec<u16>,
    /// The current user of each place, `None` when it is free.
    generations: Vec<(u32, bool)>,
}

impl Ids {
    /// For `threads` media threads of at most `endpoints` each (both at least 1, at most 65,535).
    pub fn new(threads: usize, endpoints: usize) -> Self {
        let endpoints = u16::try_from(endpoints.max(1)).unwrap_or(u16::MAX);
        let threads = threads.clamp(1, usize::from(u16::MAX));
        let places = || Places {
            free: (0..endpoints).rev().collect(),
            generations: vec![(0, false); usize::from(endpoints)],
        };
        Self { threads: (0..threads).map(|_| places()).collect() }
    }

    /// A new name on the thread that has most room, or `None` when every place is taken.
    pub fn take(&mut self) -> Option<EndpointId> {
        let emptiest = self.threads.iter().enumerate().rev().max_by_key(|(_, places)| places.free.len())?.0;
        self.take_on(emptiest)
    }

    /// A new name on the thread of `other`, so that the two can be bridged.
    pub fn take_beside(&mut self, other: EndpointId) -> Option<EndpointId> {
        self.take_on(other.thread())
    }

    /// Gives a name back after its `Closed`. One that is not taken is left as it is.
    pub fn release(&mut self, id: EndpointId) {
        let Some(places) = self.threads.get_mut(id.thread()) else { return };
        let Some(user) = places.generations.get_mut(id.place()) else { return };
        if *user == (id.generation, true) {
            *user = (id.generation.wrapping_add(1), false);
            places.free.push(id.place);
        }
    }

    /// How many names are taken.
    pub fn in_use(&self) -> usize {
        self.threads.iter().map(|places| places.generations.len().saturating_sub(places.free.len())).sum()
    }

    /// How many names there can be at once.
    pub fn limit(&self) -> usize {
        self.threads.iter().map(|places| places.generations.len()).sum()
    }

    fn take_on(&mut self, thread: usize) -> Option<EndpointId> {
        let places = self.threads.get_mut(thread)?;
        let place = places.free.pop()?;
        let user = places.generations.get_mut(usize::from(place))?;
        user.1 = true;
        Some(EndpointId { thread: u16::try_from(thread).ok()?, place, generation: user.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_spread_over_the_threads_and_legs_of_a_call_stay_together() {
        let mut ids = Ids::new(2, 2);
        let first = ids.take().unwrap();
        let second = ids.take_beside(first).unwrap();
        let third = ids.take().unwrap();
        assert_eq!([first.thread(), second.thread(), third.thread()], [0, 0, 1]);
        assert_eq!(ids.take_beside(first), None);
        assert_eq!((ids.in_use(), ids.limit()), (3, 4));
    }

    #[test]
    fn a_released_place_gets_a_new_name_and_the_old_one_is_dead() {
        let mut ids = Ids::new(1, 1);
        let old = ids.take().unwrap();
        assert_eq!(ids.take(), None);
        ids.release(old);
        let new = ids.take().unwrap();
        assert_ne!(old, new);
        ids.release(old);
        assert_eq!(ids.in_use(), 1);
    }
}
