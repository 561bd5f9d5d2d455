//! The command line parses as documented, and the schema knows every field of the shipped configs.

use clap::CommandFactory;
use serde_json::Value;

use super::*;

#[test]
fn the_command_line_is_sound_and_every_command_is_explained() {
    let mut command = Cli::command();
    command.clone().debug_assert();
    command.build();
    let mut open = vec![command];
    while let Some(command) = open.pop() {
        assert!(command.get_about().is_some(), "{} has no explanation", command.get_name());
        let leaf = |command: &&clap::Command| command.get_name() != "help";
        open.extend(command.get_subcommands().filter(leaf).cloned());
    }
}

#[test]
fn every_documented_command_is_understood() {
    for line in [
        "demo --stay --play a.wav --record b.wav --json",
        "run -c tandem.yaml",
        "check -c tandem.yaml --json",
        "route explain -c tandem.yaml --from carrier --calling +8131234 0312345678",
        "route test -c tandem.yaml",
        "call --to 1000 --via pstn --play a.wav --record b.wav --dtmf 12# --expect answered",
        "call --to 19017 --expect 17 --socket /run/tandem/control.sock",
        "calls",
        "calls --socket /x show 01JD8Z3V5M7Q9R1T3W5Y7A9C1E",
        "calls hangup 01JD8Z3V5M7Q9R1T3W5Y7A9C1E",
        "calls ladder 01JD8Z3V5M7Q9R1T3W5Y7A9C1E",
        "trunks",
        "trunks show pstn",
        "trunks block pstn 1-15 --now",
        "trunks unblock pstn",
        "trunks reset pstn 1.17",
        "records tail -n 3 --follow",
        "reload --dry-run",
        "drain --wait",
        "schema",
        "completions bash",
        "man --out pages",
    ] {
        let words = std::iter::once("tandem").chain(line.split(' '));
        assert!(Cli::try_parse_from(words).is_ok(), "{line}");
    }
    for line in
        ["", "dance", "calls show not-an-id", "route explain --from x alice", "call --to 1 --expect 128"]
    {
        let words = std::iter::once("tandem").chain(line.split(' ').filter(|word| !word.is_empty()));
        assert_eq!(Cli::try_parse_from(words).unwrap_err().exit_code(), 2, "{line}");
    }
}

#[test]
fn a_shell_completes_and_the_manual_is_written() {
    let mut text = Vec::new();
    clap_complete::generate(clap_complete::Shell::Bash, &mut Cli::command(), "tandem", &mut text);
    assert!(String::from_utf8(text).unwrap().contains("--dry-run"));
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).unwrap();
    assert!(String::from_utf8(page).unwrap().contains("media gateway"));
}

/// The fields a shipped config uses, by their path, must be in the schema.
fn unknown(schema: &Value, config: &Value, path: &str, found: &mut Vec<String>) {
    let Some(fields) = config.as_object() else { return };
    for (name, value) in fields {
        let path = format!("{path}/{name}");
        let named = &schema["properties"][name];
        let any = &schema["additionalProperties"];
        let kind = value["kind"].as_str().unwrap_or_default();
        let choice = usize::from(kind != "sip");
        match (named.is_null(), any.is_object()) {
            (false, _) => unknown(named, value, &path, found),
            (true, true) => unknown(&any["oneOf"][choice], value, &path, found),
            (true, false) => found.push(path),
        }
    }
}

#[test]
fn the_schema_knows_every_field_of_the_shipped_configs() {
    let schema: Value = serde_json::from_str(schema::SCHEMA).unwrap();
    for file in [
        "../deploy/lab/tandem.yaml",
        "../deploy/examples/enterprise.yaml",
        "../deploy/examples/interconnect.yaml",
    ] {
        let config: Value = serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let mut found = Vec::new();
        unknown(&schema, &config, "", &mut found);
        assert!(found.is_empty(), "{file}: {found:?}");
    }
    let mut found = Vec::new();
    unknown(&schema, &serde_json::json!({"trunks": {"x": {"kind": "sip", "channels": "1"}}}), "", &mut found);
    assert_eq!(found, ["/trunks/x/channels"]);
}
