//! A gateway with the lab's configuration on loopback addresses of this run's own, and what it recorded.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tests::io::lab::{Gateway, root, scratch};
use tests::io::{http, wait};

/// The lab's ports stay as they are: every house has addresses of its own.
const SIP_PORT: u16 = 5060;
/// Where the lab expects the carrier.
pub(crate) const CARRIER_PORT: u16 = 5090;
const ADMIN_PORT: u16 = 9060;
/// How long a record may take from the call's end into the file.
const RECORD_MAX: Duration = Duration::from_secs(10);

/// A running gateway of the lab and the addresses around it.
pub(crate) struct House {
    /// The process.
    pub(crate) gateway: Gateway,
    /// Its files.
    pub(crate) folder: PathBuf,
    number: u8,
}

/// The loopback address of the n-th place in house `number`: 127/8 is ours alone by the process id.
fn address(number: u8, place: u8) -> Ipv4Addr {
    let id = std::process::id();
    let [_, _, high, low] = id.to_be_bytes();
    Ipv4Addr::new(127, 64 | (high & 0x3f), low, number * 8 + place)
}

impl House {
    /// Starts house `number` (0 to 30), its config the lab's after `change` (each text must be there).
    pub(crate) fn open(number: u8, change: &[(&str, &str)]) -> io::Result<Self> {
        let folder = scratch(&format!("e2e-{number}"))?;
        let config = folder.join("tandem.yaml");
        let lab = root().join("deploy/lab");
        fs::copy(lab.join("exchange.yaml"), folder.join("exchange.yaml"))?;
        fs::copy(root().join("dialplans/plans/lab.yaml"), folder.join("plan.yaml"))?;
        fs::create_dir_all(folder.join("records"))?;
        let (own, trusted) = (address(number, 1).to_string(), address(number, 2).to_string());
        let scratch_text = folder.display().to_string();
        let usual = [
            ("[\"127.0.0.1\"]", "[\"127.0.0.1\", \"trusted\"]"),
            ("127.0.0.1", own.as_str()),
            ("\"trusted\"", &format!("\"{trusted}\"")),
            ("/tmp/tandem-lab", &scratch_text),
            ("../../dialplans/plans/lab.yaml", "plan.yaml"),
        ];
        let mut text = fs::read_to_string(lab.join("tandem.yaml"))?;
        for (old, new) in usual.iter().chain(change) {
            if !text.contains(old) {
                return Err(io::Error::other(format!("the lab's config no longer says {old}")));
            }
            text = text.replace(old, new);
        }
        fs::write(&config, text)?;
        let admin = SocketAddr::new(IpAddr::V4(address(number, 1)), ADMIN_PORT);
        Ok(Self { gateway: Gateway::start(&config, admin, &[])?, folder, number })
    }

    /// The gateway's address in house `number` and the other that its trunk `carrier` trusts.
    pub(crate) fn addresses(number: u8) -> (Ipv4Addr, Ipv4Addr) {
        (address(number, 1), address(number, 2))
    }

    /// The gateway's own address, which its trunk `carrier` trusts too.
    pub(crate) fn own(&self) -> Ipv4Addr {
        address(self.number, 1)
    }

    /// Another address that the trunk `carrier` trusts.
    pub(crate) fn trusted(&self) -> Ipv4Addr {
        address(self.number, 2)
    }

    /// An address that nobody trusts.
    pub(crate) fn stranger(&self) -> Ipv4Addr {
        address(self.number, 3)
    }

    /// Where the gateway takes SIP.
    pub(crate) fn sip(&self) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(self.own()), SIP_PORT)
    }

    /// The record of the call from this calling number, waited for.
    pub(crate) fn record(&self, calling: &str) -> Result<Value, String> {
        let mut found = None;
        wait::until(RECORD_MAX, || {
            found = self.records().into_iter().find(|record| record["calling"]["received"] == calling);
            found.is_some()
        });
        found.ok_or_else(|| format!("no call record of {calling}"))
    }

    /// Every record so far.
    fn records(&self) -> Vec<Value> {
        let Ok(files) = fs::read_dir(self.folder.join("records")) else { return Vec::new() };
        let texts = files.flatten().filter_map(|file| fs::read_to_string(file.path()).ok());
        let lines = texts.flat_map(|text| text.lines().map(serde_json::from_str).collect::<Vec<_>>());
        lines.flatten().collect()
    }

    /// Waits until nothing is held: no call, port, channel, dialog or transaction.
    pub(crate) fn at_rest(&self, limit: Duration) -> Result<(), String> {
        const HELD: [(&str, &str); 5] = [
            ("tandem_calls_active", ""),
            ("tandem_rtp_ports_in_use", ""),
            ("tandem_trunk_channels", "in_use"),
            ("tandem_sip_dialogs_active", ""),
            ("tandem_sip_transactions_active", ""),
        ];
        let mut held = String::new();
        let rests = wait::until(limit, || {
            let text = self.gateway.metrics().unwrap_or_default();
            let values = HELD.map(|(name, having)| (name, http::metric(&text, name, having)));
            // A state no channel is in may have no sample.
            let busy = |(name, value): &(&str, Option<f64>)| match value {
                None => *name != "tandem_trunk_channels",
                Some(value) => *value != 0.0,
            };
            held = values.iter().filter(|held| busy(held)).map(|held| format!("{held:?} ")).collect();
            held.is_empty()
        });
        if rests { Ok(()) } else { Err(format!("still held after {}s: {held}", limit.as_secs())) }
    }

    /// Whether the process runs and never panicked, and what its log says of it if it did.
    pub(crate) fn sound(&mut self) -> Result<(), String> {
        let log = fs::read(&self.gateway.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        if let Some(line) = log.lines().find(|line| line.contains("panicked")) {
            return Err(line.to_owned());
        }
        if self.gateway.child.runs() { Ok(()) } else { Err("the gateway has ended".to_owned()) }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.gateway.child.end();
        // Kept for whoever looks into a failure, where they ask for it.
        if std::env::var_os("KEEP").is_none() {
            fs::remove_dir_all(&self.folder).ok();
        }
    }
}

/// A file in this folder of the source.
pub(crate) fn beside(name: &str) -> PathBuf {
    root().join("tests/e2e").join(name)
}

/// A program that may be on this machine.
pub(crate) fn has(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|paths| std::env::split_paths(&paths).any(|path| is_file(&path, program)))
}

fn is_file(folder: &Path, program: &str) -> bool {
    folder.join(program).is_file()
}
