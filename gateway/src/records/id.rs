//! The name of a call: a ULID, sortable by time and unique across machines.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::Ulid;

/// A call's id, the same in records, logs, metrics' exemplars and the API.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(Ulid);

impl CallId {
    /// From the time in milliseconds since 1970 and 80 random bits (the rest of `random` is ignored).
    pub const fn new(milliseconds: u64, random: u128) -> Self {
        Self(Ulid::from_parts(milliseconds, random))
    }
}

/// The text is no call id: 26 characters of Crockford's base 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotACallId;

impl fmt::Display for NotACallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a call id (26 characters, such as 01JD8Z3V5M7Q9R1T3W5Y7A9C1E)")
    }
}

impl std::error::Error for NotACallId {}

impl FromStr for CallId {
    type Err = NotACallId;

    fn from_str(text: &str) -> Result<Self, NotACallId> {
        Ulid::from_string(text).map(Self).map_err(|_| NotACallId)
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallId({self})")
    }
}

impl Serialize for CallId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CallId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
