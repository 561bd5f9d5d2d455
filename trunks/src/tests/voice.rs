//! What is said and heard on a bearer, octet for octet.

use call::Digit;
use media::Bearer;
use media::dtmf::Generator;
use media::tone::{Country, Kind};

use super::*;
use crate::sim::{Observation, bearer::Voice, render, sound::Saying, sound::Sound};

fn tick(bearer: &mut dyn Bearer, to_line: &[u8]) -> Vec<u8> {
    let mut from_line = vec![0; to_line.len()];
    bearer.exchange(to_line, &mut from_line);
    from_line
}

#[test]
fn silence_is_the_idle_octet_of_the_law() {
    for (law, octet) in [(Law::A, 0xd5), (Law::Mu, 0xff)] {
        let (_voice, mut bearer) = Voice::open(law, Saying::Silence);
        assert_eq!(bearer.law(), law);
        assert_eq!(tick(&mut bearer, &[0x12; 8]), [octet; 8]);
    }
}

#[test]
fn an_echo_comes_one_exchange_and_its_delay_later_bit_for_bit() {
    for (delay_ms, exchange) in [(0, 8), (0, 160), (20, 160), (5, 80), (1000, 160), (1, 800)] {
        let (_voice, mut bearer) = Voice::open(Law::A, Saying::Echo { delay_ms });
        let sent: Vec<u8> = (0..24_000_u32).map(|n| (n * n / 7 % 251) as u8).collect();
        let heard: Vec<u8> = sent.chunks(exchange).flat_map(|octets| tick(&mut bearer, octets)).collect();
        let late = exchange + usize::from(delay_ms) * 8;
        assert!(heard[..late].iter().all(|&octet| octet == 0xd5));
        assert_eq!(heard[late..], sent[..24_000 - late], "{delay_ms} ms, {exchange} octets");
    }
}

#[test]
fn what_is_said_changes_in_the_order_it_was_told() {
    let (mut voice, mut bearer) = Voice::open(Law::A, Saying::Silence);
    voice.say(Saying::Play(std::sync::Arc::new(render::milliwatt(Law::A))));
    voice.say(Saying::Silence);
    assert_eq!(tick(&mut bearer, &[0xd5; 8]), [0xd5; 8]);
}

#[test]
fn when_the_media_thread_is_behind_the_newest_word_waits_and_is_not_lost() {
    let (mut voice, mut bearer) = Voice::open(Law::Mu, Saying::Silence);
    for _ in 0..100 {
        voice.say(Saying::Silence);
    }
    voice.say(Saying::Play(std::sync::Arc::new(render::milliwatt(Law::Mu))));
    tick(&mut bearer, &[0xff; 8]);
    voice.flush();
    assert_eq!(tick(&mut bearer, &[0xff; 8]), [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e]);
}

#[test]
fn a_bearer_whose_call_is_over_is_silent() {
    let (voice, mut bearer) = Voice::open(Law::A, Saying::Echo { delay_ms: 0 });
    tick(&mut bearer, &[0x11; 8]);
    drop(voice);
    assert_eq!(tick(&mut bearer, &[0x11; 8]), [0xd5; 8]);
}

#[test]
fn the_milliwatt_is_zero_dbm0_in_both_laws() {
    for law in [Law::A, Law::Mu] {
        let saying = Saying::Play(std::sync::Arc::new(render::milliwatt(law)));
        let (_voice, mut bearer) = Voice::open(law, saying);
        let octets = tick(&mut bearer, &[law.silence(); 800]);
        let power: f64 = octets.iter().map(|&octet| f64::from(law.decode(octet)).powi(2)).sum();
        let level = law.level_dbm0(power / 800.0);
        assert!(level.abs() < 0.1, "{level} dBm0");
    }
}

#[test]
fn prepared_tones_sound_as_the_generator_plays_them() {
    for country in Country::ALL {
        for (_, kind) in render::TONES {
            let law = Law::A;
            let mut expected = vec![0; 8 * 30_000];
            media::tone::Generator::new(media::tone::Tone::of(country, kind), law).fill(&mut expected);
            let sound = render::tone(country, kind, law);
            let mut played = vec![0; expected.len()];
            sound.fill(0, &mut played, law);
            let differs = expected
                .iter()
                .zip(&played)
                .filter(|&(&sample, &octet)| (sample - law.decode(octet)).abs() > sample.abs() / 16 + 40)
                .count();
            assert!(differs == 0, "{} {kind:?}: {differs} samples differ", country.code());
        }
    }
    assert_eq!(render::tone(Country::Jp, Kind::Busy, Law::A).milliseconds(), 1000);
}

#[test]
fn the_far_end_hears_digits_in_the_voice() {
    let mut world = World::lab();
    let channel = world.call("1005");
    let mut bearer = world.trunk.bearer(channel).unwrap();
    let mut generator = Generator::new(Country::Jp, Law::A);
    for c in "0312*#".chars() {
        assert!(generator.send(Digit::from_char(c).unwrap()));
    }
    while !generator.is_idle() {
        let (mut pcm, mut octets) = ([0; 160], [0; 160]);
        generator.fill(&mut pcm);
        Law::A.encode_into(&pcm, &mut octets);
        tick(bearer.as_mut(), &octets);
    }
    tick(bearer.as_mut(), &[0xd5; 800]);
    let seen = core::iter::from_fn(|| world.trunk.line_mut().observe());
    let heard: String = seen
        .filter_map(|seen| match seen {
            Observation::Heard { digit, .. } => Some(digit.as_char()),
            Observation::Called { .. }
            | Observation::Said { .. }
            | Observation::Told { .. }
            | Observation::Originated { .. }
            | Observation::NoChannel { .. } => None,
        })
        .collect();
    assert_eq!(heard, "0312*#");
}

#[test]
fn a_sound_repeats_from_its_mark_for_ever_and_ends_without_one() {
    let pcm: Vec<i16> = (0..24).map(|n| n * 1000).collect();
    let octets: Vec<u8> = pcm.iter().map(|&sample| Law::A.encode(sample)).collect();
    let mut into = [0; 64];
    let at = Sound::then_again(&pcm, 8, Law::A).fill(0, &mut into, Law::A);
    assert_eq!((&into[..24], &into[24..40], &into[40..56]), (&octets[..], &octets[8..], &octets[8..]));
    assert_eq!(at, 16);
    Sound::once(&pcm, Law::A).fill(16, &mut into, Law::A);
    assert_eq!((&into[..8], &into[8..]), (&octets[16..], &[0xd5; 56][..]));
    Sound::once(&[], Law::A).fill(0, &mut into, Law::A);
    Sound::again(&[], Law::A).fill(0, &mut into, Law::A);
    assert_eq!(into, [0xd5; 64]);
}
