//! Scripts with mistakes, and sound files.

use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::golden::assert_golden;
use super::*;
use crate::sim::{Saying, Step};

fn mistakes(text: &str) -> String {
    let none = |name: &str| Err(format!("{name}: no such file"));
    let found = Script::read("exchange.yaml", text, Law::A, &mut { none }).unwrap_err();
    found.iter().map(|mistake| format!("{mistake}\n")).collect()
}

#[test]
fn every_mistake_of_a_script_is_told_at_once_with_its_place() {
    let text = r#"hunt: upwards
numbers:
  - {called: 1000, do: [answer]}
  - {called: "10a0", do: [answr]}
  - {called: "1*0", do: [{wait: 5}]}
  - {called: "1001", do: [{echo: 5s}, {clear: 128}, {clear: captured}]}
  - {called: "1002", do: [{play: nothing.wav}, {tone: {country: zz, name: bussy}}]}
  - {called: "1003", do: [wait, {answer: now}, {alert: loudly}, {alert: , answer: }]}
  - {called: "1004", do: [{digits: 123}, {digits: "12e"}, {disconnect: {cause: 17, speech: , echo: }}]}
  - {do: []}
  - {called: "1005"}
calls:
  - {called: "2000", count: 0}
  - {at: 1s, called: "alice", calling: 0312345678, evry: 1s}
numbres: []
"#;
    assert_golden("mistakes/many.txt", &mistakes(text));
}

#[test]
fn a_script_that_is_no_map_says_so() {
    assert_golden("mistakes/no_map.txt", &mistakes("- answer\n"));
}

#[test]
fn a_script_with_too_much_in_it_says_so() {
    let steps = vec!["answer"; 65].join(", ");
    let rules = "  - {called: \"1\", do: [answer]}\n".repeat(1001);
    let text = format!("numbers:\n  - {{called: \"1\", do: [{steps}]}}\n");
    assert!(mistakes(&text).contains("65 steps, more than 64"));
    assert!(mistakes(&format!("numbers:\n{rules}")).contains("1001 entries, more than 1000"));
}

#[test]
fn every_step_that_there_is_can_be_read() {
    let wav = wav(8000, 1, &[0; 80]);
    let text = r#"
hunt: round_robin_up
numbers:
  - called: "1xC*"
    do:
      - proceeding
      - alert
      - alert: in_band
      - alert: 1
      - alert: none
      - progress
      - progress: 8
      - progress: {indicator: in_band, cause: 17}
      - progress: {cause: 31}
      - answer
      - wait: 250ms
      - silence
      - echo
      - echo: 40ms
      - play: any.wav
      - repeat: any.wav
      - speech
      - milliwatt
      - tone: {country: jp, name: busy}
      - digits: "19#"
      - digits: {digits: "AB*", each: 60ms}
      - disconnect: {cause: 1, tone: {country: fr, name: information}, for: 5s}
      - disconnect: {cause: captured}
      - clear
      - clear: 17
      - clear: captured
      - release
      - release: 44
      - ignore
      - glare: "2000"
      - take_another_channel
      - go_deaf
calls:
  - name: all
    at: 1m
    called: "+81312345678"
    calling: "0312345678"
    calling_name: Alice
    withheld: true
    count: 10
    every: 100ms
    hold: 30s
    patience: 20s
    do: [answer]
"#;
    let read = Script::read("all.yaml", text, Law::Mu, &mut |_| Ok(wav.clone()));
    let script = read.unwrap();
    assert_eq!(script.rules[0].steps.len(), 32);
    assert_eq!(script.rules[0].called.to_string(), "1xC*");
    let spec = &script.calls[0].spec;
    assert_eq!((spec.count, spec.every.as_millis(), spec.patience.as_secs()), (10, 100, 20));
    assert_eq!(spec.calling.unwrap().presentation, call::Presentation::Restricted);
}

fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let spec = WavSpec { channels, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
    samples.iter().for_each(|&sample| writer.write_sample(sample).unwrap());
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// The levels in dBm0 of a file with a sine of this frequency, once a line has it.
fn level_of(rate: u32, channels: u16, hertz: f64) -> f64 {
    let samples: Vec<i16> = (0..rate)
        .flat_map(|n| {
            let sine = (f64::from(n) * hertz * core::f64::consts::TAU / f64::from(rate)).sin();
            #[expect(clippy::cast_possible_truncation, reason = "within 8000")]
            let sample = (8000.0 * sine) as i16;
            vec![sample; usize::from(channels)]
        })
        .collect();
    let pcm = crate::sim::wav::read(&wav(rate, channels, &samples)).unwrap();
    assert_eq!(pcm.len(), 8000, "a second");
    let middle = &pcm[1000..7000];
    let power = middle.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>();
    let original = 8000.0_f64.powi(2) / 2.0;
    10.0 * (power / 6000.0 / original).log10()
}

#[test]
fn sound_files_of_any_rate_reach_the_line_flat_and_without_images() {
    for rate in [8000, 11_025, 16_000, 22_050, 44_100, 48_000] {
        for hertz in [300.0, 1000.0, 3000.0, 3400.0] {
            let level = level_of(rate, 1, hertz);
            assert!(level.abs() < 0.5, "{hertz} Hz at {rate}: {level} dB");
        }
    }
    for (rate, hertz) in [(16_000, 5000.0), (16_000, 7000.0), (48_000, 12_000.0), (44_100, 9000.0)] {
        let level = level_of(rate, 2, hertz);
        assert!(level < -50.0, "{hertz} Hz at {rate} comes through at {level} dB");
    }
}

#[test]
fn a_file_that_is_no_sound_says_why() {
    assert!(crate::sim::wav::read(b"not a wave").unwrap_err().starts_with("no WAV file"));
    assert!(crate::sim::wav::read(&wav(200_000, 1, &[0; 8])).unwrap_err().contains("200000 Hz"));
    let mut cut = wav(8000, 1, &[1; 100]);
    cut.truncate(60);
    assert!(crate::sim::wav::read(&cut).unwrap_err().contains("WAV"));
}

#[test]
fn an_announcement_is_played_as_it_is_in_its_file() {
    let samples: Vec<i16> = (0..800).map(|n| (n * 37 % 9000) as i16).collect();
    let bytes = wav(8000, 1, &samples);
    let text = "numbers: [{called: \"1\", do: [{progress: 8}, {play: a.wav}]}]";
    let script = Script::read("a.yaml", text, Law::A, &mut |_| Ok(bytes.clone())).unwrap();
    assert!(matches!(script.rules[0].steps[1], Step::Say(Saying::Play(_))));
    let mut world = World::new(&e1(), script);
    let channel = world.call("1");
    let mut bearer = world.trunk.bearer(channel).unwrap();
    let mut from_line = [0; 880];
    bearer.exchange(&[0xd5; 880], &mut from_line);
    let expected: Vec<u8> = samples.iter().map(|&sample| Law::A.encode(sample)).collect();
    assert_eq!(from_line[..800], expected);
    assert_eq!(from_line[800..], [0xd5; 80]);
}

#[test]
fn calls_of_a_script_come_at_their_time_and_rate() {
    let text = r#"
numbers: []
calls: [{at: 5s, called: "2000", count: 3, every: 100ms, hold: 1s}]
"#;
    let mut world = World::new(&channels("1-2"), script(text));
    world.pass_ms(10_000);
    assert_eq!(world.told()[..2], ["5.000 1.2 SETUP 20xx", "5.100 1.1 SETUP 20xx"]);
    let full = core::iter::from_fn(|| world.trunk.line_mut().observe())
        .any(|seen| seen == crate::sim::Observation::NoChannel { number: 3 });
    assert!(full);
    world.assert_comes_to_rest();
}
