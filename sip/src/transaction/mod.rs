//! The four transaction machines of RFC 3261 §17 with the Accepted states of RFC 6026, apart from any message.

mod backoff;
mod client;
mod invite_client;
mod invite_server;
mod server;
mod timing;

pub use backoff::Backoff;
pub use client::Client;
pub use invite_client::InviteClient;
pub use invite_server::InviteServer;
pub use server::Server;
pub use timing::Timing;

/// What a response means to a transaction: only its class matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 100 to 199.
    Provisional,
    /// 200 to 299.
    Success,
    /// 300 to 699.
    Failure,
}

impl Class {
    /// The class of a status code; whatever is no 1xx or 2xx is final and not a success.
    pub fn of(status: u16) -> Self {
        match status {
            0..=199 => Self::Provisional,
            200..=299 => Self::Success,
            _ => Self::Failure,
        }
    }
}

/// What happens to a client transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientInput {
    /// A response with the transaction's branch arrived.
    Response(Class),
    /// The user wants the request abandoned; only an INVITE listens (RFC 3261 §9.1).
    Cancel,
    /// The request could not be sent.
    TransportError,
    /// The deadline passed.
    Timeout,
}

/// What a client transaction wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAct {
    /// Nothing.
    Nothing,
    /// Send the request once more.
    Retransmit,
    /// Hand the response to the user.
    Deliver,
    /// Acknowledge the failure and hand it to the user.
    DeliverAndAcknowledge,
    /// Send the same ACK once more.
    Acknowledge,
    /// Send a CANCEL.
    Cancel,
    /// Tell the user that no final response came (408).
    TimedOut,
    /// Tell the user that the request could not be sent (503).
    Failed,
}

/// What happens to a server transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerInput {
    /// The request arrived once more.
    Request,
    /// An ACK with the transaction's branch arrived.
    Acknowledge,
    /// The user answers.
    Respond(Class),
    /// The response could not be sent.
    TransportError,
    /// The deadline passed.
    Timeout,
}

/// What a server transaction wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerAct {
    /// Nothing.
    Nothing,
    /// Send the response just given.
    Send,
    /// Send the last response once more.
    Retransmit,
    /// Hand the ACK to the user.
    Deliver,
    /// The user never answered: answer in its place.
    Overdue,
    /// A response went unacknowledged; the user may want to know.
    TimedOut,
}

#[cfg(test)]
mod tests;
