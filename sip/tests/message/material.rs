//! Where the torture messages are, and what the standards ask of each.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// One torture message.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    /// What a receiver should do, as the oracle says it.
    pub(crate) oracle: Value,
}

fn folder() -> PathBuf {
    match std::env::var_os("TANDEM_MATERIAL") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/material"),
    }
}

/// The messages of one collection in the order of their names; empty, and said loudly, where it is missing.
pub(crate) fn samples(collection: &str) -> Vec<Sample> {
    let folder = folder().join(collection);
    let Ok(oracle) = fs::read(folder.join("oracle.json")) else {
        println!("SKIPPED: NO TORTURE MESSAGES IN {}; SET TANDEM_MATERIAL", folder.display());
        return Vec::new();
    };
    let oracle: Value = serde_json::from_slice(&oracle).unwrap();
    let entries = oracle.as_object().unwrap().iter();
    let read = |(name, oracle): (&String, &Value)| {
        let path = ["dat", "sip"].map(|extension| folder.join(format!("{name}.{extension}")));
        let bytes = path.iter().find_map(|path| fs::read(path).ok()).unwrap();
        Sample { name: name.clone(), bytes, oracle: oracle.clone() }
    };
    entries.map(read).collect()
}

/// Every torture message there is.
pub(crate) fn all() -> Vec<Sample> {
    let mut all = samples("rfc4475");
    all.extend(samples("rfc5118"));
    all
}
