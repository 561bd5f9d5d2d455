//! Voice: descriptions, packets, codecs, bridges.

pub mod codec;
pub mod conceal;
pub mod dtmf;
pub mod quality;
pub mod rtp;
pub mod sdp;
pub mod tone;

mod bearer;
mod bridge;
mod command;
mod core;
mod endpoint;
mod event;
mod ids;
mod io;
mod ports;
#[cfg(test)]
mod speech;

pub use bearer::{Bearer, OCTETS_PER_MILLISECOND};
pub use codec::{Codec, Law};
pub use command::{Command, StreamConfig};
pub use core::{Core, CoreConfig, Forward, Output, Port};
pub use event::{DigitSource, Discarded, Event, OpenError, Received, Reported, Sent, Statistics};
pub use ids::{EndpointId, Ids};
pub use io::{Backend, Chosen, Engine, EngineConfig, Full};
pub use ports::Ports;
