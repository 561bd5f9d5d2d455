//! What passed, counted in plain fields.

use crate::message::Method;

/// Counts by method, [`Method::Other`] included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByMethod([u64; Method::KNOWN.len() + 1]);

impl ByMethod {
    pub(super) fn add(&mut self, method: Method) {
        if let Some(count) = self.0.get_mut(place(method)) {
            *count += 1;
        }
    }

    /// The count of one method.
    pub fn get(&self, method: Method) -> u64 {
        self.0.get(place(method)).copied().unwrap_or(0)
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

fn place(method: Method) -> usize {
    Method::KNOWN.iter().position(|&known| known == method).unwrap_or(Method::KNOWN.len())
}

const FIRST: u16 = 100;
const STATUSES: usize = 600;

/// Counts by status code, 100 to 699.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByStatus(Box<[u64]>);

impl Default for ByStatus {
    fn default() -> Self {
        Self(vec![0; STATUSES].into())
    }
}

impl ByStatus {
    pub(super) fn add(&mut self, status: u16) {
        if let Some(count) = self.0.get_mut(usize::from(status.saturating_sub(FIRST))) {
            *count += 1;
        }
    }

    /// The count of one code.
    pub fn get(&self, status: u16) -> u64 {
        status.checked_sub(FIRST).and_then(|at| self.0.get(usize::from(at))).copied().unwrap_or(0)
    }

    /// The codes that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        (FIRST..).zip(self.0.iter().copied()).filter(|(_, count)| *count > 0)
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// Everything a stack counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests that arrived, retransmissions included.
    pub requests_received: ByMethod,
    /// Requests sent for the first time.
    pub requests_sent: ByMethod,
    /// Responses that arrived, retransmissions included.
    pub responses_received: ByStatus,
    /// Responses sent for the first time.
    pub responses_sent: ByStatus,
    /// Retransmissions that arrived.
    pub retransmissions_received: u64,
    /// Retransmissions sent.
    pub retransmissions_sent: u64,
    /// Keep-alives that arrived.
    pub keep_alives: u64,
    /// Messages refused without keeping anything of them.
    pub stateless_refusals: u64,
    /// Messages dropped without an answer.
    pub dropped: Dropped,
    /// Transactions held now.
    pub transactions: u64,
    /// Sessions held now.
    pub sessions: u64,
    /// Stream connections held now.
    pub connections: u64,
}

/// Messages dropped, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// No SIP message, or one that cannot be answered.
    pub unparsable: u64,
    /// A response to nothing we sent.
    pub stray_response: u64,
    /// An ACK of nothing we answered.
    pub stray_ack: u64,
    /// A response nobody may receive (broadcast, multicast, no usable Via).
    pub unroutable: u64,
    /// A connection beyond the limits.
    pub connection_refused: u64,
    /// A connection closed for its content or its slowness.
    pub connection_closed: u64,
    /// A message for a connection whose queue was full or that never opened.
    pub unsent: u64,
}

impl Dropped {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.unparsable
            + self.stray_response
            + self.stray_ack
            + self.unroutable
            + self.connection_refused
            + self.connection_closed
            + self.unsent
    }
}
