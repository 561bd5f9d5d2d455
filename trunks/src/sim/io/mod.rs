//! Reads scripts and their sound files from disk.

use std::fs;
use std::path::Path;

use media::Law;
use mistakes::Mistake;

use super::Script;

/// The largest sound file: about ten minutes of 48 kHz stereo.
const SOUND_BYTES_MAX: u64 = 128 << 20;

/// Reads the script at `path`; sound files are looked for beside it.
///
/// # Errors
/// Every mistake in it, or the one that it cannot be read.
pub fn load(path: &Path, law: Law) -> Result<Script, Vec<Mistake>> {
    let name = path.display().to_string();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(why) => return Err(vec![Mistake::about_file(&name, format!("cannot be read: {why}"))]),
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    Script::read(&name, &text, law, &mut |file| fetch(&folder.join(file)))
}

fn fetch(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = fs::metadata(path).map_err(|why| format!("{}: {why}", path.display()))?;
    if metadata.len() > SOUND_BYTES_MAX {
        return Err(format!("{}: {} bytes, more than {SOUND_BYTES_MAX}", path.display(), metadata.len()));
    }
    fs::read(path).map_err(|why| format!("{}: {why}", path.display()))
}
