//! The lab moved to ports of its own, so that a lab that runs beside it is left alone.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use tests::io::child::Child;
use tests::io::lab::{Gateway, root, scratch};

/// The gateway's SIP port.
const SIP_PORT: u16 = 15_060;
/// Its admin port.
const ADMIN_PORT: u16 = 19_060;
/// Where it expects its carrier.
const CARRIER_PORT: u16 = 15_090;

/// `port` on loopback.
fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// Writes the moved lab; everyone on loopback is its carrier.
pub(crate) fn config(name: &str) -> Result<PathBuf, String> {
    let folder = scratch(&format!("e2e-{name}")).map_err(|error| error.to_string())?;
    let text =
        fs::read_to_string(root().join("deploy/lab/tandem.yaml")).map_err(|error| error.to_string())?;
    let plan = root().join("dialplans/plans/lab.yaml");
    let moved = text
        .replace("127.0.0.1:5060", &format!("127.0.0.1:{SIP_PORT}"))
        .replace("127.0.0.1:9060", &format!("127.0.0.1:{ADMIN_PORT}"))
        .replace("127.0.0.1:5090", &format!("127.0.0.1:{CARRIER_PORT}"))
        .replace("sources: [\"127.0.0.1\"]", "sources: [\"127.0.0.0/8\"]")
        .replace("20000-29999", "22000-25999")
        .replace("/tmp/tandem-lab", &folder.display().to_string())
        .replace("../../dialplans/plans/lab.yaml", &plan.display().to_string());
    fs::copy(root().join("deploy/lab/exchange.yaml"), folder.join("exchange.yaml"))
        .map_err(|error| error.to_string())?;
    let path = folder.join("tandem.yaml");
    fs::write(&path, moved).map_err(|error| error.to_string())?;
    Ok(path)
}

/// Starts the moved lab.
pub(crate) fn start(name: &str) -> Result<Gateway, String> {
    Gateway::start(&config(name)?, local(ADMIN_PORT), &[]).map_err(|error| error.to_string())
}

/// SIPp's own caller: so many calls to a number, each held for `hold`.
pub(crate) fn caller(number: &str, calls: u32, hold: Duration) -> Result<Child, String> {
    let hold = hold.as_millis().to_string();
    let folder = scratch(&format!("e2e-caller-{number}-{hold}")).map_err(|why| why.to_string())?;
    let mut command = Command::new("sipp");
    command.args([
        "-nostdin",
        "-i",
        "127.0.0.1",
        "-timeout",
        "50s",
        "-timeout_error",
        "-sn",
        "uac",
        "-s",
        number,
    ]);
    command.arg(local(SIP_PORT).to_string()).args(["-m", &calls.to_string(), "-r", "20", "-d", &hold]);
    command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    Child::start(&mut command).map_err(|why| format!("sipp: {why}"))
}
