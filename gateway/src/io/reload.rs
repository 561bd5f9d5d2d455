//! Reading the config again: all or nothing. A new dial plan is taken at once; the rest needs a restart.

use std::fmt::{self, Debug, Write};
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use super::ask::Asker;
use super::files::load_config;
use crate::config::Config;
use crate::control::{Answer, RefusedBecause, WrittenMistake};

/// What runs, by fingerprints of its parts.
#[derive(Debug)]
pub struct Reload {
    file: PathBuf,
    parts: Vec<(String, u64)>,
}

impl Reload {
    /// What runs is this config, read from this file.
    pub fn new(config: &Config, file: &Path) -> Self {
        Self { file: file.to_owned(), parts: parts(config) }
    }

    /// Reads the file again and, unless it is only tried, gives its dial plan to the gateway. Blocks.
    pub fn reload(&self, dry_run: bool, asker: &Asker) -> Answer {
        let config = match load_config(&self.file) {
            Ok(loaded) => loaded.config,
            Err(mistakes) => {
                return Answer::Mistaken { mistakes: mistakes.iter().map(WrittenMistake::from).collect() };
            }
        };
        let report = config.dialplan.run_tests();
        if let Some(failed) = report.results.iter().find(|result| !result.failures.is_empty()) {
            let what = format!("the plan fails its own test {:?}; `tandem route test` says how", failed.name);
            return Answer::refused(RefusedBecause::Failed, what);
        }
        let changed = self.changed(&parts(&config));
        if !changed.is_empty() {
            let what = format!(
                "{} changed: this version takes a new dial plan while it runs, the rest needs a restart",
                changed.join(", ")
            );
            return Answer::refused(RefusedBecause::NotInThisVersion, what);
        }
        let (rules, tests) = (config.dialplan.rules().count(), config.dialplan.tests());
        let changes = vec![format!("the dial plan: {rules} rules, {tests} tests passed")];
        if !dry_run && !asker.replan(config.dialplan) {
            return Answer::refused(RefusedBecause::Unavailable, "another dial plan is being taken");
        }
        Answer::Reloaded { dry_run, changes }
    }

    /// The parts that are new, gone or different.
    fn changed(&self, new: &[(String, u64)]) -> Vec<String> {
        let missing = |here: &[(String, u64)], part: &(String, u64)| !here.contains(part);
        let gone = self.parts.iter().filter(|part| missing(new, part));
        let come = new.iter().filter(|part| missing(&self.parts, part));
        let mut names: Vec<String> = gone.chain(come).map(|(name, _)| name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// Each part of a config but its dial plan.
fn parts(config: &Config) -> Vec<(String, u64)> {
    let token = config.admin.token.as_ref().map(|token| token.with_prefix(""));
    let mut parts = vec![
        ("node".to_owned(), fingerprint(&config.node)),
        ("sip".to_owned(), fingerprint(&config.sip)),
        ("media".to_owned(), fingerprint(&config.media)),
        ("admin".to_owned(), fingerprint(&(&config.admin, token))),
        ("records".to_owned(), fingerprint(&config.records)),
        ("log".to_owned(), fingerprint(&config.log)),
    ];
    let trunks = config.trunks.iter();
    parts.extend(trunks.map(|trunk| (format!("trunk {}", trunk.name), fingerprint(trunk))));
    parts
}

/// Of everything `Debug` shows, without writing it down.
fn fingerprint(part: &impl Debug) -> u64 {
    struct Hash(DefaultHasher);
    impl Write for Hash {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut hash = Hash(DefaultHasher::new());
    // Hashing does not fail.
    let _hashed = write!(hash, "{part:?}");
    hash.0.finish()
}
