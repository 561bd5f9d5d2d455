//! Voice: descriptions, packets, codecs, bridges.

mod bearer;
mod ids;
mod ports;

pub use bearer::{Bearer, Law, OCTETS_PER_MILLISECOND};
pub use ids::{EndpointId, Ids};
pub use ports::Ports;
