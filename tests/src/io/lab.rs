//! The gateway as a process: where its binary is, a configuration written for one run, and its readiness.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::child::Child;
use super::{http, wait};

/// How long the gateway may take until it is ready.
const READY_MAX: Duration = Duration::from_secs(20);

/// The root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace")
}

/// The binary under test: `TANDEM`, else the one beside this program.
pub fn binary() -> PathBuf {
    let beside = || std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join("tandem")));
    std::env::var_os("TANDEM").map(PathBuf::from).or_else(beside).expect("a program knows where it is")
}

/// The test material: `TANDEM_MATERIAL`, else `../shared/material`.
pub fn material() -> PathBuf {
    std::env::var_os("TANDEM_MATERIAL").map_or_else(|| root().join("../shared/material"), PathBuf::from)
}

/// A folder of this run's own, emptied.
pub fn scratch(name: &str) -> io::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("tandem-{name}-{}", std::process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A running gateway.
#[derive(Debug)]
pub struct Gateway {
    /// Its process.
    pub child: Child,
    /// Where its admin listener is.
    pub admin: SocketAddr,
    /// Where it wrote what it says.
    pub log: PathBuf,
}

impl Gateway {
    /// Starts `tandem run` on `config`, under `wrapper` (a profiler, say) if one is given, and waits until
    /// it is ready.
    pub fn start(config: &Path, admin: SocketAddr, wrapper: &[&str]) -> io::Result<Self> {
        let binary = binary();
        let mut command = match wrapper.split_first() {
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(&binary);
                command
            }
            None => Command::new(&binary),
        };
        let log = config.with_extension("log");
        let file = fs::File::create(&log)?;
        command.arg("run").arg("-c").arg(config);
        command.stdout(Stdio::from(file.try_clone()?)).stderr(Stdio::from(file));
        let mut gateway = Self { child: Child::start(&mut command)?, admin, log };
        let limit = if wrapper.is_empty() { READY_MAX } else { READY_MAX * 6 };
        let ready = wait::until(limit, || {
            !gateway.child.runs() || http::get(admin, "/readyz").is_ok_and(|(status, _)| status == 200)
        });
        if ready && gateway.child.runs() {
            return Ok(gateway);
        }
        let said = fs::read_to_string(&gateway.log).unwrap_or_default();
        let tail: Vec<&str> = said.lines().rev().take(12).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        Err(io::Error::other(format!("{} did not get ready:\n{}", binary.display(), tail.join("\n"))))
    }

    /// The metrics, in the text format.
    pub fn metrics(&self) -> io::Result<String> {
        http::get(self.admin, "/metrics").map(|(_, text)| text)
    }

    /// A metric's sum over its labels now.
    pub fn metric(&self, name: &str, having: &str) -> Option<f64> {
        http::metric(&self.metrics().ok()?, name, having)
    }
}
