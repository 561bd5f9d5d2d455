//! Voice: descriptions, packets, codecs, bridges.

pub mod codec;
pub mod rtp;
pub mod sdp;

mod bearer;
mod command;
mod event;
mod ids;
mod ports;

pub use bearer::{Bearer, OCTETS_PER_MILLISECOND};
pub use codec::{Codec, Law};
pub use command::{Command, StreamConfig};
pub use event::{DigitSource, Discarded, Event, OpenError, Received, Reported, Sent, Statistics};
pub use ids::{EndpointId, Ids};
pub use ports::Ports;
