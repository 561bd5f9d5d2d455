//! SIP messages read and written: the torture tests of RFC 4475 and RFC 5118, other stacks' opinions, chance.

mod allocations;
mod material;
mod mutation;
mod oracles;
mod properties;
mod torture;
