//! Addresses that are no trunk's: what they send is taken so many times a second, and no more.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Instant;

use trunks::TokenBucket;

/// Addresses remembered at once; more of them share places, so that a flood from everywhere costs no memory.
const PLACES: usize = 4096;

/// One place for each address, by its hash.
pub(super) struct Strangers {
    per_second: NonZeroU32,
    key: u64,
    places: Vec<Option<Place>>,
    dropped: u64,
}

struct Place {
    address: IpAddr,
    is_known: bool,
    bucket: TokenBucket,
}

impl Strangers {
    pub(super) fn new(per_second: NonZeroU32, key: u64) -> Self {
        Self { per_second, key, places: (0..PLACES).map(|_| None).collect(), dropped: 0 }
    }

    /// Whether a message from this address is to be read; `is_known` is asked once an address.
    pub(super) fn admits(
        &mut self,
        address: IpAddr,
        now: Instant,
        is_known: impl FnOnce(IpAddr) -> bool,
    ) -> bool {
        let at = self.place_of(address);
        let Some(place) = self.places.get_mut(at) else { return true };
        match place {
            Some(held) if held.address == address => {
                let admitted = held.is_known || held.bucket.take(now);
                self.dropped += u64::from(!admitted);
                admitted
            }
            Some(_) | None => {
                let is_known = is_known(address);
                // Whoever had the place keeps what it used up: taking turns gains nothing.
                let bucket = match place.take() {
                    Some(other) if !other.is_known => other.bucket,
                    Some(_) | None => TokenBucket::new(self.per_second, now),
                };
                let held = place.insert(Place { address, is_known, bucket });
                let admitted = held.is_known || held.bucket.take(now);
                self.dropped += u64::from(!admitted);
                admitted
            }
        }
    }

    /// Messages that were not read.
    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// FNV-1a with a key nobody knows.
    fn place_of(&self, address: IpAddr) -> usize {
        let mix = |hash: u64, octet: u8| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
        let hash = match address {
            IpAddr::V4(address) => address.octets().into_iter().fold(self.key, mix),
            IpAddr::V6(address) => address.octets().into_iter().fold(self.key, mix),
        };
        usize::try_from(hash >> 32).unwrap_or(0) % PLACES
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test begins at any instant")]
    fn any_instant() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_stranger_is_heard_so_many_times_a_second_and_a_trunk_always() {
        let now = any_instant();
        let mut strangers = Strangers::new(NonZeroU32::new(20).unwrap(), 7);
        let stranger: IpAddr = "198.51.100.1".parse().unwrap();
        let trunk: IpAddr = "2001:db8::1".parse().unwrap();
        let heard = |strangers: &mut Strangers, address, at| {
            (0..100).filter(|_| strangers.admits(address, at, |address| address == trunk)).count()
        };
        assert_eq!(heard(&mut strangers, stranger, now), 20);
        assert_eq!(heard(&mut strangers, stranger, now + Duration::from_millis(500)), 10);
        assert_eq!(heard(&mut strangers, trunk, now), 100);
        assert_eq!(strangers.dropped(), 170);
    }

    #[test]
    fn a_flood_from_everywhere_costs_no_memory_and_gains_no_more_by_taking_turns() {
        let now = any_instant();
        let mut strangers = Strangers::new(NonZeroU32::MIN, 7);
        let flood =
            (0..100_000_u32).filter(|n| strangers.admits(IpAddr::V4((*n).into()), now, |_| false)).count();
        assert!(flood <= PLACES, "{flood} were heard");
        assert_eq!(strangers.places.len(), PLACES);
    }
}
