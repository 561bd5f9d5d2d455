//! The files and secrets a config names, read from this machine within limits.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use mistakes::{Mistake, SecretSource};

use crate::config::{Loaded, Surroundings, load};

/// The largest file a config may name.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// The largest file of a secret.
const SECRET_BYTES_MAX: u64 = 4096;

/// The machine the gateway runs on.
pub struct ThisMachine;

/// Reads a config and every file it names.
///
/// # Errors
/// Everything wrong with any of them.
pub fn load_config(file: &Path) -> Result<Loaded, Vec<Mistake>> {
    load(&file.to_string_lossy(), &ThisMachine)
}

impl Surroundings for ThisMachine {
    fn text(&self, file: &Path) -> Result<String, String> {
        let bytes = self.bytes(file)?;
        String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8 text", file.display()))
    }

    fn bytes(&self, file: &Path) -> Result<Vec<u8>, String> {
        read(file, FILE_BYTES_MAX)
    }

    fn secret(&self, source: &SecretSource) -> Result<String, String> {
        match source {
            SecretSource::Environment(name) => std::env::var(name)
                .map_err(|_| format!("the environment variable {name} is not set, or is not UTF-8")),
            SecretSource::File(path) => {
                let bytes = read(path, SECRET_BYTES_MAX)?;
                let text =
                    String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8 text", path.display()))?;
                Ok(text.trim_end_matches(['\r', '\n']).to_owned())
            }
        }
    }
}

/// A file's bytes, if there are not too many.
fn read(file: &Path, most: u64) -> Result<Vec<u8>, String> {
    let wrong = |error: io::Error| format!("cannot read {}: {}", file.display(), plain(&error));
    let opened = File::open(file).map_err(wrong)?;
    let mut bytes = Vec::new();
    opened.take(most + 1).read_to_end(&mut bytes).map_err(wrong)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(format!("{} is longer than {most} bytes", file.display()));
    }
    Ok(bytes)
}

/// An error of the system without its number: `no such file`.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// How long a WAV file plays, if it is one.
pub fn wav_length(file: &Path) -> Option<Duration> {
    let reader = hound::WavReader::open(file).ok()?;
    let rate = u64::from(reader.spec().sample_rate);
    let milliseconds = (u64::from(reader.duration()) * 1000).checked_div(rate)?;
    Some(Duration::from_millis(milliseconds))
}

/// The config to use when none is named: the one in this folder, else the system's.
pub fn default_config() -> PathBuf {
    let here = PathBuf::from("tandem.yaml");
    if here.exists() { here } else { PathBuf::from("/etc/tandem/tandem.yaml") }
}
