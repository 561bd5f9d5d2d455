//! What crosses the loopback, kept by dumpcap and read by tshark: another opinion on every packet of ours.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tests::io::child::Child;
use tests::io::wait;

/// How long dumpcap may take to open the device.
const OPEN_MAX: Duration = Duration::from_secs(10);
/// What tshark calls a warning; errors and malformed packets are graver.
const WARNING: &str = "0x600000";

/// A running capture.
pub(crate) struct Capture {
    process: Child,
    file: PathBuf,
}

impl Capture {
    /// Begins to keep every packet from and to these addresses.
    pub(crate) fn start(folder: &Path, hosts: &[Ipv4Addr]) -> io::Result<Self> {
        let (file, said) = (folder.join("wire.pcapng"), folder.join("dumpcap.out"));
        let hosts: Vec<String> = hosts.iter().map(|host| format!("host {host}")).collect();
        let mut command = Command::new("dumpcap");
        command.args(["-q", "-i", "lo", "-f", &hosts.join(" or "), "-w"]).arg(&file);
        command.stdout(Stdio::null()).stderr(Stdio::from(fs::File::create(&said)?));
        let mut process = Child::start(&mut command)?;
        let says = || fs::read_to_string(&said).unwrap_or_default();
        let open = wait::until(OPEN_MAX, || says().contains("File:") || !process.runs());
        if open && process.runs() { Ok(Self { process, file }) } else { Err(io::Error::other(says())) }
    }

    /// Ends it; the packets can be read now.
    pub(crate) fn end(mut self) -> Packets {
        self.process.end();
        Packets { file: self.file }
    }
}

/// Packets kept.
pub(crate) struct Packets {
    file: PathBuf,
}

impl Packets {
    /// The fields of every packet a display filter lets through, one line each, separated by tabs.
    pub(crate) fn fields(&self, filter: &str, fields: &[&str]) -> Result<Vec<String>, String> {
        let mut command = Command::new("tshark");
        command.arg("-r").arg(&self.file).args([
            "-2",
            "-Y",
            filter,
            "-T",
            "fields",
            "-o",
            "rtp.heuristic_rtp:TRUE",
        ]);
        for field in fields {
            command.args(["-e", field]);
        }
        let output = command.stdin(Stdio::null()).output().map_err(|error| format!("tshark: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(text.lines().map(str::to_owned).collect());
        }
        Err(format!("tshark: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// How many packets `filter` lets through, and what tshark minds about them.
    pub(crate) fn judged(&self, filter: &str) -> Result<usize, String> {
        let all = self.fields(filter, &["frame.number"])?;
        let minded = self.fields(
            &format!("({filter}) && (_ws.malformed || _ws.expert.severity >= {WARNING})"),
            &["frame.number", "_ws.col.Protocol", "_ws.col.Info", "_ws.expert.message"],
        )?;
        match minded.first() {
            None => Ok(all.len()),
            Some(first) => Err(format!("{} of {} packets, such as {first}", minded.len(), all.len())),
        }
    }
}
