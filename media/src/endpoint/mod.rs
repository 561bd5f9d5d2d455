//! The ends of a bridge: RTP streams and lines.

mod control;
mod line;
mod outgoing;
mod prompt;
mod source;
mod stream;

pub(crate) use control::{Control, Moment};
pub(crate) use line::{Line, SAMPLES_MAX};
pub(crate) use outgoing::Outgoing;
pub(crate) use prompt::{Length, Prompt};
pub(crate) use source::Verdict;
pub(crate) use stream::{Arrival, DATAGRAM_OCTETS_MAX, Kind, Stream, Taken};

use crate::EndpointId;
use crate::event::Statistics;

/// What sits in one place of a media thread.
pub(crate) enum Endpoint {
    /// An RTP stream.
    Stream(Box<Stream>),
    /// A line.
    Line(Box<Line>),
}

impl Endpoint {
    pub(crate) const fn id(&self) -> EndpointId {
        match self {
            Self::Stream(stream) => stream.id,
            Self::Line(line) => line.id,
        }
    }

    /// What went through it in all.
    pub(crate) fn close(self) -> Statistics {
        match self {
            Self::Stream(stream) => stream.close(),
            Self::Line(line) => line.close(),
        }
    }
}
