//! Which RTP ports are free: even numbers of a range, the longest-unused handed out first.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// The RTP ports of one local address; each stands for itself and the RTCP port above it (RFC 3550 §11).
///
/// The longest-unused port comes first, so that late packets of an ended call meet nobody.
#[derive(Debug)]
pub struct Ports {
    first: u16,
    free: VecDeque<u16>,
    taken: Vec<bool>,
    in_use: usize,
}

impl Ports {
    /// Every even port of `range` whose odd neighbour is in it too.
    pub fn new(range: RangeInclusive<u16>) -> Self {
        let (start, end) = (*range.start(), *range.end());
        let first = start.checked_add(start & 1).unwrap_or(end);
        let free: VecDeque<u16> = (first..end).step_by(2).collect();
        let taken = vec![false; free.len()];
        Self { first, free, taken, in_use: 0 }
    }

    /// The longest-unused port, or `None` when every one is taken.
    pub fn take(&mut self) -> Option<u16> {
        let port = self.free.pop_front()?;
        self.mark(port, true);
        Some(port)
    }

    /// Gives a port back. One that is not taken is left as it is.
    pub fn release(&mut self, port: u16) {
        if self.mark(port, false) {
            self.free.push_back(port);
        }
    }

    /// How many are taken.
    pub const fn in_use(&self) -> usize {
        self.in_use
    }

    /// How many there are.
    pub const fn limit(&self) -> usize {
        self.taken.len()
    }

    /// Whether this changed anything.
    fn mark(&mut self, port: u16, taken: bool) -> bool {
        let place = port
            .checked_sub(self.first)
            .filter(|offset| offset % 2 == 0)
            .map(|offset| usize::from(offset / 2));
        let Some(mark) = place.and_then(|place| self.taken.get_mut(place)) else { return false };
        if *mark == taken {
            return false;
        }
        *mark = taken;
        self.in_use = if taken { self.in_use.saturating_add(1) } else { self.in_use.saturating_sub(1) };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_even_and_have_their_rtcp_port_in_the_range() {
        let mut ports = Ports::new(20001..=20008);
        assert_eq!(ports.limit(), 3);
        assert_eq!(
            [ports.take(), ports.take(), ports.take(), ports.take()],
            [Some(20002), Some(20004), Some(20006), None]
        );
        assert_eq!(ports.in_use(), 3);
        assert_eq!(Ports::new(65535..=65535).limit(), 0);
        assert_eq!(Ports::new(65534..=65535).limit(), 1);
        #[expect(clippy::reversed_empty_ranges, reason = "a mistaken range holds no ports")]
        let reversed = Ports::new(30000..=20000);
        assert_eq!(reversed.limit(), 0);
    }

    #[test]
    fn the_longest_unused_port_comes_first() {
        let mut ports = Ports::new(20000..=20005);
        let first = ports.take().unwrap();
        ports.release(first);
        assert_eq!([ports.take(), ports.take(), ports.take()], [Some(20002), Some(20004), Some(first)]);
    }

    #[test]
    fn a_port_is_returned_once_however_often_it_is_released() {
        let mut ports = Ports::new(20000..=20003);
        let port = ports.take().unwrap();
        for stray in [port, port, port + 1, 19998, 40000] {
            ports.release(stray);
        }
        assert_eq!(ports.in_use(), 0);
        assert_eq!([ports.take(), ports.take(), ports.take()], [Some(20002), Some(20000), None]);
    }
}
