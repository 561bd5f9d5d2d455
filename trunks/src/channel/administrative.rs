//! Whether a channel may be used at all: blocked by us, by the far end, by an alarm, or out for maintenance.

use core::fmt;

/// What is wrong on a span, from worst to mildest (G.775, T1.231).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Alarm {
    /// No signal at all.
    LossOfSignal,
    /// A signal without frames.
    LossOfFrame,
    /// All ones: something between here and there has failed (AIS, "blue").
    AllOnes,
    /// The far end does not hear us (RAI, "yellow").
    Remote,
    /// The data link of the D-channel is down.
    LinkDown,
}

impl Alarm {
    /// Its name in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LossOfSignal => "los",
            Self::LossOfFrame => "lof",
            Self::AllOnes => "ais",
            Self::Remote => "rai",
            Self::LinkDown => "link_down",
        }
    }
}

/// The administrative axis of a channel's state: the strongest reason why it may not be used, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Administrative {
    /// Calls may come and go.
    InService,
    /// We blocked it: no new call in either direction.
    LocalBlocked,
    /// The far end blocked it: we seize it for no call.
    RemoteBlocked,
    /// Its span has an alarm.
    OutOfService(Alarm),
    /// The far end did not answer our restarts: taken out until a reset succeeds (Q.931 §5.5.1).
    Maintenance,
}

impl Administrative {
    /// Its name in metrics and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InService => "in_service",
            Self::LocalBlocked => "local_blocked",
            Self::RemoteBlocked => "remote_blocked",
            Self::OutOfService(_) => "out_of_service",
            Self::Maintenance => "maintenance",
        }
    }
}

impl fmt::Display for Administrative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfService(alarm) => write!(f, "out_of_service({})", alarm.name()),
            Self::InService | Self::LocalBlocked | Self::RemoteBlocked | Self::Maintenance => {
                f.write_str(self.name())
            }
        }
    }
}

/// Everything known about a channel's usability. The reasons are independent of one another (an alarm that
/// clears leaves a block standing), so they are kept apart; [`Standing::state`] tells the strongest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Blocked by us.
    pub local: bool,
    /// Blocked by the far end.
    pub remote: bool,
    /// Did not answer our restarts.
    pub faulty: bool,
    /// The alarm of its span.
    pub alarm: Option<Alarm>,
}

impl Standing {
    /// The strongest reason against using the channel.
    pub fn state(self) -> Administrative {
        match self {
            Self { alarm: Some(alarm), .. } => Administrative::OutOfService(alarm),
            Self { faulty: true, .. } => Administrative::Maintenance,
            Self { local: true, .. } => Administrative::LocalBlocked,
            Self { remote: true, .. } => Administrative::RemoteBlocked,
            Self { local: false, remote: false, faulty: false, alarm: None } => Administrative::InService,
        }
    }
}
