//! The product under measurement: its configuration for this run, its process, and the forwarder's beside it.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tests::io::child::Child;
use tests::io::lab::{Gateway, scratch};
use tests::io::wait;

use crate::forwarder::{Backend, at};

/// Where everyone is: the product and the forwarder on 127.0.0.1, callers on .2, callees on .3.
pub(crate) const CALLER_IP: [u8; 4] = [127, 0, 0, 2];
/// See [`CALLER_IP`].
pub(crate) const CALLEE_IP: [u8; 4] = [127, 0, 0, 3];
/// The first audio port callers and callees name.
pub(crate) const AUDIO_PORT: u16 = 40_000;
/// The first audio port of the forwarder.
const FORWARDER_AUDIO_PORT: u16 = 61_100;

/// The product's SIP address.
pub(crate) fn product() -> SocketAddr {
    at([127, 0, 0, 1], 5460)
}

/// The product's admin address.
fn admin() -> SocketAddr {
    at([127, 0, 0, 1], 9460)
}

/// The forwarder's SIP address.
pub(crate) fn forwarder() -> SocketAddr {
    at([127, 0, 0, 1], 5470)
}

/// The forwarder's audio address of the caller's side of the n-th call.
pub(crate) fn forwarder_audio() -> SocketAddr {
    at([127, 0, 0, 1], FORWARDER_AUDIO_PORT)
}

/// The caller's SIP address.
pub(crate) fn caller() -> SocketAddr {
    at(CALLER_IP, 5480)
}

/// The callee's SIP address.
pub(crate) fn callee() -> SocketAddr {
    at(CALLEE_IP, 5490)
}

const PLAN: &str = "\
dialplan: 1
rules:
  - {id: out, when: {from: access, dialled: \"2xxx\"}, then: {to: carrier}}
";

fn config(backend: Backend, folder: &Path, callee_codec: &str) -> String {
    format!(
        "\
node: bench
log: {{filter: warn}}
sip:
  listen: [\"udp:{sip}\"]
  limits: {{calls: 50000, calls_per_second: 10000, transactions: 500000}}
media: {{address: 127.0.0.1, ports: 10000-59999, backend: {backend}}}
admin: {{listen: \"{admin}\"}}
records: {{directory: {records}}}
trunks:
  access: {{kind: sip, peer: \"sip:{caller}\", sources: [\"127.0.0.2/32\"], codecs: [pcma], media_timeout: none}}
  carrier: {{kind: sip, peer: \"sip:{callee}\", sources: [\"127.0.0.3/32\"], codecs: [{callee_codec}], media_timeout: none}}
dialplan: plan.yaml
",
        sip = product(),
        backend = backend.name(),
        admin = admin(),
        records = folder.join("records").display(),
        caller = caller(),
        callee = callee(),
    )
}

/// Writes the configuration and plan of a run; gives the configuration's path.
fn written(backend: Backend, callee_codec: &str) -> io::Result<PathBuf> {
    let folder = scratch("bench")?;
    fs::create_dir_all(folder.join("records"))?;
    fs::write(folder.join("plan.yaml"), PLAN)?;
    let path = folder.join("tandem.yaml");
    fs::write(&path, config(backend, &folder, callee_codec))?;
    Ok(path)
}

/// Starts the product; callees speak `callee_codec`, callers PCMA.
pub(crate) fn start(backend: Backend, callee_codec: &str, wrapper: &[&str]) -> io::Result<Gateway> {
    Gateway::start(&written(backend, callee_codec)?, admin(), wrapper)
}

/// Starts the signalling forwarder.
pub(crate) fn start_forwarder() -> io::Result<Child> {
    own(&["forward-signalling", &forwarder().to_string(), &caller().to_string(), &callee().to_string()], &[])
}

/// Starts the voice forwarder for `calls` calls.
pub(crate) fn start_voice_forwarder(backend: Backend, calls: u16, wrapper: &[&str]) -> io::Result<Child> {
    let (here, caller, callee) = (forwarder_audio(), at(CALLER_IP, AUDIO_PORT), at(CALLEE_IP, AUDIO_PORT));
    let words = [here.to_string(), caller.to_string(), callee.to_string(), calls.to_string()];
    let mut arguments = vec!["forward-voice", backend.name()];
    arguments.extend(words.iter().map(String::as_str));
    own(&arguments, wrapper)
}

fn own(arguments: &[&str], wrapper: &[&str]) -> io::Result<Child> {
    let program = std::env::current_exe()?;
    let mut command = match wrapper.split_first() {
        Some((profiler, options)) => {
            let mut command = Command::new(profiler);
            command.args(options).arg(program);
            command
        }
        None => Command::new(program),
    };
    let mut child = Child::start(command.args(arguments).stdout(Stdio::null()))?;
    wait::pass(if wrapper.is_empty() { Duration::from_millis(300) } else { Duration::from_secs(3) });
    if child.runs() { Ok(child) } else { Err(io::Error::other("the forwarder did not start")) }
}
