//! How well speech survived: PESQ, by the environment that `tests/test.sh` makes.

use std::path::{Path, PathBuf};
use std::process::Command;

use tests::io::lab::root;

/// The interpreter with PESQ in it: under `TOOLS`, else under `target/tools`.
fn python() -> PathBuf {
    let tools = std::env::var_os("TOOLS").map_or_else(|| root().join("target/tools"), PathBuf::from);
    tools.join("venv/bin/python")
}

/// The narrow-band PESQ score of `heard` against `played`.
pub(crate) fn pesq(played: &Path, heard: &Path) -> Result<f64, String> {
    let script = root().join("tests/e2e/score.py");
    let run = Command::new(python()).arg(script).arg(played).arg(heard).output();
    let run = run.map_err(|why| format!("{}: {why}", python().display()))?;
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&run.stderr).into_owned();
    said.trim().parse().map_err(|_| format!("no score: {said}{complaint}"))
}
