//! Voice: descriptions, packets, codecs, bridges.

mod bearer;
pub mod codec;
mod ids;
mod ports;

pub use bearer::{Bearer, OCTETS_PER_MILLISECOND};
pub use codec::{Codec, Law};
pub use ids::{EndpointId, Ids};
pub use ports::Ports;
