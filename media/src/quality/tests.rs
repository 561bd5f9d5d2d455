//! Ratings against those of the Recommendations, likeness against signals made alike.

#![expect(clippy::cast_possible_truncation, reason = "samples are rounded")]

use std::time::Duration;

use super::{Concealment, mos, rating, similarity};
use crate::Law;
use crate::speech::narrow_band;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn without_loss_and_delay_the_rating_is_93_2() {
    let best = rating(0.0, ms(0), Concealment::AppendixI);
    assert!((best - 93.2).abs() < 0.05, "{best}");
    assert!((mos(best) - 4.41).abs() < 0.01);
}

#[test]
fn delay_costs_what_g_107_says() {
    // G.114 figure 1 and G.107 with TELR 65: about 89 at 150 ms, and a steep fall beyond 200.
    for (delay, least, most) in [(50, 91.0, 93.0), (150, 88.0, 91.5), (200, 84.0, 89.5), (400, 58.0, 72.0)] {
        let r = rating(0.0, ms(delay), Concealment::None);
        assert!((least..most).contains(&r), "{delay} ms: {r}");
    }
    let ratings: Vec<f64> = (0..60).map(|n| rating(0.0, ms(n * 10), Concealment::None)).collect();
    assert!(ratings.windows(2).all(|pair| pair[1] <= pair[0] + 1e-9), "never better for waiting");
}

#[test]
fn loss_costs_what_g_113_says() {
    let cost = |loss, concealment| rating(0.0, ms(0), concealment) - rating(loss, ms(0), concealment);
    // Ie,eff = 95 Ppl / (Ppl + Bpl).
    assert!((cost(0.01, Concealment::AppendixI) - 95.0 / 26.1).abs() < 1e-9);
    assert!((cost(0.05, Concealment::AppendixI) - 475.0 / 30.1).abs() < 1e-9);
    assert!((cost(0.01, Concealment::None) - 95.0 / 5.3).abs() < 1e-9);
    assert!(rating(1.0, ms(2000), Concealment::None) >= 0.0);
}

#[test]
fn the_score_runs_from_1_to_4_5() {
    assert!((mos(-5.0) - 1.0).abs() < 1e-9);
    assert!((mos(100.0) - 4.5).abs() < 1e-9);
    assert!((mos(50.0) - 2.58).abs() < 0.01);
    let scores: Vec<f64> = (0..=100).map(|r| mos(f64::from(r))).collect();
    assert!(scores.iter().all(|score| (1.0..=4.5).contains(score)));
}

/// Speech through a law, so much later, at this gain.
fn through(pcm: &[i16], law: Law, delay: usize, gain: f64) -> Vec<i16> {
    let coded = pcm.iter().map(|sample| law.decode(law.encode((f64::from(*sample) * gain) as i16)));
    std::iter::repeat_n(0, delay).chain(coded).collect()
}

#[test]
fn speech_through_g_711_is_itself_at_its_delay_and_level() {
    let said = narrow_band();
    for (delay, gain, law) in
        [(0, 1.0, Law::A), (1, 0.5, Law::Mu), (1234, 1.0, Law::A), (15_990, 0.25, Law::Mu)]
    {
        let found = similarity(&said, &through(&said, law, delay, gain)).unwrap();
        assert!(found.similarity > 0.99, "{found:?}");
        assert!((found.delay_ms - delay as f64 / 8.0).abs() < 1e-9, "{found:?} at {delay}");
        assert!((found.level_db - 20.0 * gain.log10()).abs() < 0.2, "{found:?} at {gain}");
    }
    let early = similarity(&through(&said, Law::A, 800, 1.0), &said).unwrap();
    assert!((early.delay_ms + 100.0).abs() < 1e-9);
}

#[test]
fn ten_seconds_with_other_sound_around_them_are_found() {
    let said: Vec<i16> = narrow_band().into_iter().cycle().take(80_000).collect();
    let mut heard = through(&said, Law::A, 3000, 1.0);
    heard.resize(heard.len() + 4000, 0);
    let found = similarity(&said, &heard).unwrap();
    assert!(found.similarity > 0.99 && (found.delay_ms - 375.0).abs() < 1e-9, "{found:?}");
}

#[test]
fn noise_is_not_like_speech_and_silence_is_like_nothing() {
    let said = narrow_band();
    let mut random = 1_u32;
    let noise: Vec<i16> = said
        .iter()
        .map(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 16) as i16 / 8
        })
        .collect();
    assert!(similarity(&said, &noise).unwrap().similarity < 0.2);
    assert_eq!(similarity(&said, &vec![0; said.len()]), None);
    assert_eq!(similarity(&said, &[]), None);
    assert_eq!(similarity(&[], &[]), None);
}
