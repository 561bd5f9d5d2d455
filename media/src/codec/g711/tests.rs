//! Every octet and every sample against the formulas of G.711 and G.191, written here a second time.

use super::Law;

/// G.711 table 1: the thirteen-segment curve as its decision values, in 12-bit magnitudes.
fn a_decision_values() -> Vec<i32> {
    let mut values: Vec<i32> = (0..=32).collect();
    for segment in 2..8 {
        let step = 1 << (segment - 1);
        let start = 16 << (segment - 1);
        values.extend((1..=16).map(|n| start + n * step));
    }
    values
}

/// G.711 table 2: the fifteen-segment curve as its decision values, in 13-bit magnitudes.
fn mu_decision_values() -> Vec<i32> {
    let mut values = vec![0];
    values.extend((0..15).map(|n| 1 + 2 * n));
    for segment in 1..8 {
        let start = (32 << segment) - 33;
        values.extend((0..16).map(|n| start + n * (2 << segment)));
    }
    values.push(8159);
    values
}

/// The interval of the decision values a magnitude falls in; the last is open.
fn interval(values: &[i32], magnitude: i32) -> u8 {
    let at = values.iter().rposition(|value| *value <= magnitude).unwrap();
    u8::try_from(at.min(127)).unwrap()
}

#[test]
fn every_sample_is_encoded_by_the_decision_values_of_tables_1_and_2() {
    let (a, mu) = (a_decision_values(), mu_decision_values());
    assert_eq!((a.len(), mu.len()), (129, 129));
    for sample in i16::MIN..=i16::MAX {
        let magnitude = i32::from(if sample < 0 { !sample } else { sample });
        let sign = if sample < 0 { 0 } else { 0x80 };
        assert_eq!(Law::A.encode(sample), (interval(&a, magnitude >> 4) | sign) ^ 0x55, "A-law {sample}");
        assert_eq!(Law::Mu.encode(sample), !interval(&mu, magnitude >> 2) & 0x7F | sign, "mu-law {sample}");
    }
}

#[test]
fn every_octet_decodes_to_the_middle_of_its_interval() {
    let (a, mu) = (a_decision_values(), mu_decision_values());
    for octet in 0..=255_u8 {
        let number = usize::from((octet ^ 0x55) & 0x7F);
        let magnitude = (a[number] + a[number + 1]) * 8;
        let expected = if octet & 0x80 == 0 { -magnitude } else { magnitude };
        assert_eq!(i32::from(Law::A.decode(octet)), expected, "A-law {octet:#04x}");

        let number = usize::from(!octet & 0x7F);
        let magnitude = if number == 0 { 0 } else { (mu[number] + mu[number + 1]) * 2 };
        let expected = if octet & 0x80 == 0 { -magnitude } else { magnitude };
        assert_eq!(i32::from(Law::Mu.decode(octet)), expected, "mu-law {octet:#04x}");
    }
}

#[test]
fn an_octet_decoded_and_encoded_again_is_itself() {
    for law in Law::ALL {
        for octet in 0..=255 {
            // Mu-law has two zeros and linear has one: the negative zero comes back positive.
            let expected = if law == Law::Mu && octet == 0x7F { 0xFF } else { octet };
            assert_eq!(law.encode(law.decode(octet)), expected);
        }
    }
}

#[test]
fn transcoding_is_the_nearest_value_save_where_tables_3_and_4_choose_otherwise() {
    for (from, to) in [(Law::A, Law::Mu), (Law::Mu, Law::A)] {
        for octet in 0..=255_u8 {
            let mut transcoded = [octet];
            from.transcode(to, &mut transcoded);
            let (before, after) = (i32::from(from.decode(octet)), i32::from(to.decode(transcoded[0])));
            assert_eq!(octet & 0x80, transcoded[0] & 0x80, "the sign is kept");
            let nearest = (0..=255).map(|other| (i32::from(to.decode(other)) - before).abs()).min().unwrap();
            let error = (after - before).abs();
            assert!(
                2 * error <= 5 * nearest.max(8),
                "{from:?} {octet:#04x}: {before} became {after}, nearest is {nearest} away"
            );
        }
    }
}

#[test]
fn a_to_mu_to_a_keeps_bits_1_to_7_as_note_3_promises() {
    for octet in 0..=255_u8 {
        let mut there_and_back = [octet];
        Law::A.transcode(Law::Mu, &mut there_and_back);
        Law::Mu.transcode(Law::A, &mut there_and_back);
        assert_eq!((there_and_back[0] ^ octet) & 0xFE, 0, "A-law {octet:#04x}");
    }
}

#[test]
fn mu_80_goes_to_a_81_and_a_80_to_mu_79() {
    let mut octets = [0xFF - 80];
    Law::Mu.transcode(Law::A, &mut octets);
    assert_eq!(octets, [(80 | 0x80) ^ 0x55]);
    let mut octets = [(79 | 0x80) ^ 0x55];
    Law::A.transcode(Law::Mu, &mut octets);
    assert_eq!(octets, [0xFF - 79]);
}

#[test]
fn the_same_law_is_left_alone() {
    for law in Law::ALL {
        let mut octets: Vec<u8> = (0..=255).collect();
        law.transcode(law, &mut octets);
        assert!(octets.iter().copied().eq(0..=255));
    }
}

#[test]
fn silence_is_the_smallest_positive_value() {
    for law in Law::ALL {
        assert_eq!(law.silence(), law.encode(0));
        let smallest = (0..=255).map(|octet| law.decode(octet)).filter(|v| *v >= 0).min();
        assert_eq!(Some(law.decode(law.silence())), smallest);
    }
}

/// G.711 tables 5 and 6: this octet sequence is a 1 kHz sine wave of 0 dBm0.
#[test]
fn the_digital_milliwatt_is_0_dbm0() {
    let a = [0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4];
    let mu = [0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E];
    for (law, milliwatt) in [(Law::A, a), (Law::Mu, mu)] {
        let mean_square = milliwatt.iter().map(|o| f64::from(law.decode(*o)).powi(2)).sum::<f64>() / 8.0;
        let level = law.level_dbm0(mean_square);
        assert!(level.abs() < 0.03, "{law:?}: {level:.3} dBm0");
        let peak = law.peak_of_sine(0.0);
        assert!((law.level_dbm0(peak * peak / 2.0)).abs() < 1e-9);
    }
}

#[test]
fn slices_are_coded_as_single_octets_are() {
    for law in Law::ALL {
        let octets: Vec<u8> = (0..=255).collect();
        let mut pcm = [0; 256];
        law.decode_into(&octets, &mut pcm);
        let mut again = [0; 256];
        law.encode_into(&pcm, &mut again);
        for (octet, sample) in octets.iter().zip(pcm) {
            assert_eq!(law.decode(*octet), sample);
        }
        assert!(again.iter().zip(pcm).all(|(octet, sample)| *octet == law.encode(sample)));
    }
}
