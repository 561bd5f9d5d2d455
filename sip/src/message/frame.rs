//! Where one message ends and the next begins on a stream (RFC 3261 §18.3), whatever way its bytes are cut.

use super::fault::Flaw;
use super::name::Name;
use super::parse::{MESSAGE_BYTES_MAX, parse};
use super::validate::Fact;

/// How much a stream may ask us to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLimits {
    /// The start line and headers.
    pub head_bytes_max: usize,
    /// The whole message.
    pub message_bytes_max: usize,
}

impl Default for FrameLimits {
    fn default() -> Self {
        FrameLimits { head_bytes_max: 16_384, message_bytes_max: MESSAGE_BYTES_MAX }
    }
}

/// What the unconsumed bytes of a stream begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Not yet a whole message; ask again when more has come.
    Incomplete,
    /// A line end between messages; consume `len`. Every second in a row is a ping that wants
    /// a CRLF back (RFC 5626 §3.5.1).
    KeepAlive {
        /// Bytes to consume.
        len: usize,
        /// Whether to answer.
        ping: bool,
    },
    /// A message; parse and consume `len`.
    Complete {
        /// Bytes of the message.
        len: usize,
    },
    /// Nothing after this can be framed: answer what the first `head` bytes allow, then close.
    Broken {
        /// Why.
        reason: Broken,
        /// Bytes of the start line and headers; 0 if their end was not found.
        head: usize,
    },
}

/// Why a stream can no longer be framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The headers do not end within `head_bytes_max`.
    HeadTooLarge,
    /// Content-Length promises more than `message_bytes_max` allows.
    MessageTooLarge,
    /// A stream needs a Content-Length (RFC 3261 §18.3).
    NoContentLength,
    /// Several Content-Lengths, or one that is no number.
    ContentLength,
    /// Not SIP.
    NotAMessage,
}

impl Broken {
    /// What to refuse the request in the head with, if there is one.
    pub fn fact(self) -> Option<Fact> {
        match self {
            Broken::HeadTooLarge | Broken::NotAMessage => None,
            Broken::MessageTooLarge => Some(Fact::TooLarge),
            Broken::NoContentLength => Some(Fact::Missing(Name::ContentLength)),
            Broken::ContentLength => Some(Fact::Flaw(Flaw::ContentLength)),
        }
    }
}

/// Frames one stream. Remembers how far it has looked, so that a message arriving byte by byte is scanned once.
#[derive(Clone, Debug)]
pub struct Framer {
    limits: FrameLimits,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Before a message; `blank` after an unpaired line end.
    Between { blank: bool },
    /// Inside the headers; no end of them begins before `scanned`.
    Head { scanned: usize },
    /// The headers are whole; the message is complete at `len`.
    Body { len: usize },
    /// No longer in step.
    Lost { reason: Broken, head: usize },
}

impl Framer {
    /// A framer at the beginning of a stream.
    pub fn new(limits: FrameLimits) -> Self {
        let message_bytes_max = limits.message_bytes_max.min(MESSAGE_BYTES_MAX);
        let head_bytes_max = limits.head_bytes_max.min(message_bytes_max);
        let limits = FrameLimits { head_bytes_max, message_bytes_max };
        Framer { limits, state: State::Between { blank: false } }
    }

    /// Looks at the unconsumed bytes, which must begin where the last consumed frame ended.
    pub fn next(&mut self, buffer: &[u8]) -> Frame {
        if let State::Between { blank } = self.state {
            let len = match buffer {
                [] | [b'\r'] => return Frame::Incomplete,
                [b'\r', b'\n', ..] => 2,
                [b'\n', ..] => 1,
                _ => 0,
            };
            if len > 0 {
                self.state = State::Between { blank: !blank };
                return Frame::KeepAlive { len, ping: blank };
            }
            self.state = State::Head { scanned: 0 };
        }
        if let State::Head { scanned } = self.state {
            self.state = self.find_head(buffer, scanned);
        }
        match self.state {
            State::Between { .. } | State::Head { .. } => Frame::Incomplete,
            State::Body { len } if buffer.len() < len => Frame::Incomplete,
            State::Body { len } => {
                self.state = State::Between { blank: false };
                Frame::Complete { len }
            }
            State::Lost { reason, head } => Frame::Broken { reason, head },
        }
    }

    fn find_head(&self, buffer: &[u8], mut scanned: usize) -> State {
        while let Some(found) = buffer.get(scanned..).and_then(|rest| memchr::memchr(b'\n', rest)) {
            let at = scanned + found;
            match buffer.get(at + 1..).unwrap_or_default() {
                [] | [b'\r'] => return self.still_in_head(at),
                [b'\n', ..] => return self.measure(buffer, at + 2),
                [b'\r', b'\n', ..] => return self.measure(buffer, at + 3),
                _ => scanned = at + 1,
            }
        }
        self.still_in_head(buffer.len())
    }

    fn still_in_head(&self, scanned: usize) -> State {
        if scanned >= self.limits.head_bytes_max {
            return State::Lost { reason: Broken::HeadTooLarge, head: 0 };
        }
        State::Head { scanned }
    }

    /// The headers end at `head`: how long is the message?
    fn measure(&self, buffer: &[u8], head: usize) -> State {
        let lost = |reason| State::Lost { reason, head };
        if head > self.limits.head_bytes_max {
            return State::Lost { reason: Broken::HeadTooLarge, head: 0 };
        }
        let Ok(message) = parse(buffer.get(..head).unwrap_or_default()) else {
            return lost(Broken::NotAMessage);
        };
        match (message.all(Name::ContentLength).count(), message.content_length()) {
            (0, _) => lost(Broken::NoContentLength),
            (1, Ok(length)) => match usize::try_from(length).ok().and_then(|length| head.checked_add(length))
            {
                Some(len) if len <= self.limits.message_bytes_max => State::Body { len },
                Some(_) | None => lost(Broken::MessageTooLarge),
            },
            (_, Ok(_) | Err(_)) => lost(Broken::ContentLength),
        }
    }
}
