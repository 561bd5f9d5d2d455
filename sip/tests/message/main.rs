//! SIP messages read and written: by example, by the torture tests of RFC 4475 and RFC 5118, beside other stacks, by chance.

#[cfg(test)]
mod allocations;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod material;
#[cfg(test)]
mod mutation;
#[cfg(test)]
mod oracles;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod torture;
#[cfg(test)]
mod uris;
#[cfg(test)]
mod writing;
