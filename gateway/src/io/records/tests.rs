//! Records reach metrics, listeners and the day's file, and a full or broken disk stops nothing.

use std::path::Path;

use super::*;
use crate::records::tests::answered;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("tandem-records-{}-{name}", std::process::id()));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    folder
}

fn lines(file: &Path) -> Vec<CallRecord> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn records_are_appended_to_the_file_of_the_day_on_which_calls_ended() {
    let folder = folder("days");
    for _start in 0..2 {
        let thread = Records::start(Some(folder.clone()), Arc::default()).unwrap();
        let mut record = answered();
        thread.records().take(Arc::new(record.clone()));
        record.times.ended_at = "2026-01-02T23:59:59.999Z".parse().unwrap();
        thread.records().take(Arc::new(record));
        drop(thread);
    }
    assert_eq!(lines(&folder.join("2026-01-01.jsonl")).len(), 2);
    assert_eq!(lines(&folder.join("2026-01-02.jsonl")).len(), 2);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_disk_that_takes_nothing_is_counted_and_stops_nothing() {
    let folder = folder("gone");
    let thread = Records::start(Some(folder.clone()), Arc::default()).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let records = thread.records();
    for _call in 0..3 {
        records.take(Arc::new(answered()));
    }
    drop(thread);
    assert_eq!((records.counts().unwritten(), records.counts().total()), (3, 3));
    assert_eq!(records.counts().spool(), 0);
}

#[test]
fn a_directory_that_cannot_be_written_to_is_told_at_the_start() {
    assert!(Records::start(Some("/proc/tandem".into()), Arc::default()).is_err());
}

#[test]
fn more_records_than_may_wait_are_counted_as_lost() {
    // A thread that is never started takes nothing from the queue.
    let (sender, receiver) = sync_channel(2);
    let records = Records { sender, counts: Arc::default() };
    for _call in 0..5 {
        records.take(Arc::new(answered()));
    }
    assert_eq!((records.counts().lost(), records.counts().spool(), records.counts().total()), (3, 2, 5));
    drop(receiver);
}

#[test]
fn the_last_records_are_shown_and_the_next_followed() {
    let thread = Records::start(None, Arc::default()).unwrap();
    let records = thread.records();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for seconds in 0..3 {
            let mut record = answered();
            record.times.billable_ms = seconds;
            records.take(Arc::new(record));
        }
        let mut shown = records.show(2).await.unwrap();
        let lengths: Vec<u64> = shown.last.iter().map(|record| record.times.billable_ms).collect();
        assert_eq!(lengths, [1, 2]);
        records.take(Arc::new(answered()));
        assert_eq!(shown.next.recv().await.unwrap().times.billable_ms, 60_250);
    });
}
