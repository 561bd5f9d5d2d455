//! Voice: descriptions, packets, codecs, bridges.

pub mod codec;
pub mod conceal;
pub mod dtmf;
pub mod quality;
pub mod rtp;
pub mod sdp;
pub mod tone;

mod bearer;
mod command;
mod event;
mod ids;
mod ports;
#[cfg(test)]
mod speech;

pub use bearer::{Bearer, OCTETS_PER_MILLISECOND};
pub use codec::{Codec, Law};
pub use command::{Command, StreamConfig};
pub use event::{DigitSource, Discarded, Event, OpenError, Received, Reported, Sent, Statistics};
pub use ids::{EndpointId, Ids};
pub use ports::Ports;
