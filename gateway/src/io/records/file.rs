//! A file of JSON lines for each day, by the UTC date on which the calls ended.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::records::CallRecord;

/// The file of the day, opened when its first record comes.
pub(super) struct DailyFile {
    directory: PathBuf,
    today: Option<(Date, File)>,
    line: Vec<u8>,
}

impl DailyFile {
    /// Makes the directory if need be, for the gateway's own user alone, and sees that it can be written to.
    pub(super) fn open(directory: PathBuf) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o750).create(&directory)?;
        let probe = directory.join(".writable");
        drop(File::create(&probe)?);
        std::fs::remove_file(&probe)?;
        Ok(Self { directory, today: None, line: Vec::new() })
    }

    /// Appends one line, whole or, as far as the system allows, not at all.
    pub(super) fn write(&mut self, record: &CallRecord) -> io::Result<()> {
        let date = record.times.ended_at.to_zoned(TimeZone::UTC).date();
        self.line.clear();
        serde_json::to_writer(&mut self.line, record)?;
        self.line.push(b'\n');
        let written = match &mut self.today {
            Some((day, file)) if *day == date => file.write_all(&self.line),
            Some(_) | None => {
                let path = self.directory.join(format!("{date}.jsonl"));
                let mut file = OpenOptions::new().append(true).create(true).mode(0o640).open(path)?;
                let written = file.write_all(&self.line);
                self.today = Some((date, file));
                written
            }
        };
        if written.is_err() {
            // The file may be gone or full: the next record opens it anew.
            self.today = None;
        }
        written
    }
}
