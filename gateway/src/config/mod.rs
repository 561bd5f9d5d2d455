//! The gateway's config: one YAML file and the files it names, read whole, every mistake told at once.

mod admin;
mod load;
mod media;
mod sip;
mod trunk;
mod uses;

use dialplans::DialPlan;

pub use admin::{AdminConfig, LogConfig, LogFormat, MetricsAccess, RecordsConfig, Secret};
pub use load::{Loaded, Surroundings, load};
pub use media::{Backend, MediaConfig};
pub use sip::{Listener, SipConfig, SipLimits, Transport};
pub use trunk::{EarlyMedia, LineKind, LineTrunk, Peer, SipTrunk, TrunkConfig, TrunkKind, Waits};

/// Everything `tandem.yaml` and the files it names say.
#[derive(Debug)]
pub struct Config {
    /// The gateway's name in records.
    pub node: String,
    /// Where SIP is spoken.
    pub sip: SipConfig,
    /// Where voice goes.
    pub media: MediaConfig,
    /// Who may look and steer.
    pub admin: AdminConfig,
    /// Where call records go.
    pub records: RecordsConfig,
    /// What is logged, and how.
    pub log: LogConfig,
    /// The trunks, in the order of the file.
    pub trunks: Vec<TrunkConfig>,
    /// Where calls go.
    pub dialplan: DialPlan,
}

impl Config {
    /// The trunk of this name.
    pub fn trunk(&self, name: &str) -> Option<&TrunkConfig> {
        self.trunks.iter().find(|trunk| trunk.name == name)
    }
}

#[cfg(test)]
mod tests;
