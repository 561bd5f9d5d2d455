//! Frames of many sizes from packets of many sizes.

use std::time::Duration;

use super::Playout;
use crate::Law;
use crate::quality::similarity;
use crate::rtp::jitter_buffer::Config;
use crate::rtp::{Header, epoch};
use crate::speech::narrow_band;

/// Speech sent in packets of `ptime_ms` and heard in frames of `frame_ms`, each `lost` packet missing.
fn heard(law: Law, ptime_ms: u32, frame_ms: u32, lost: impl Fn(u32) -> bool) -> Vec<i16> {
    let start = epoch();
    let speech = narrow_band();
    let mut playout = Playout::new(law, Config::default());
    let mut packets = speech.chunks_exact(ptime_ms as usize * 8).zip(0_u32..).peekable();
    let mut heard = Vec::new();
    let mut frame = vec![0; frame_ms as usize * 8];
    for tick in 0..4000 / frame_ms {
        let now = tick * frame_ms;
        while let Some((voice, n)) = packets.next_if(|(_, n)| (n + 1) * ptime_ms <= now) {
            let octets: Vec<u8> = voice.iter().map(|sample| law.encode(*sample)).collect();
            let header =
                Header { payload_type: 8, marker: n == 0, sequence: 0, timestamp: n * ptime_ms * 8, ssrc: 5 };
            let arrival = start + Duration::from_millis(u64::from((n + 1) * ptime_ms));
            if !lost(n) {
                playout.put(header, &octets, arrival);
            }
        }
        playout.frame(&mut frame, start + Duration::from_millis(now.into()));
        heard.extend_from_slice(&frame);
    }
    heard
}

#[test]
fn speech_is_heard_as_it_was_said_whatever_the_sizes() {
    let said = narrow_band();
    for law in Law::ALL {
        for (ptime_ms, frame_ms) in [(20, 20), (10, 20), (30, 20), (60, 10), (20, 5)] {
            let found = similarity(&said, &heard(law, ptime_ms, frame_ms, |_| false)).unwrap();
            assert!(found.similarity > 0.99, "{law:?} {ptime_ms} in {frame_ms}: {found:?}");
            assert!(
                found.delay_ms <= f64::from(ptime_ms + 2 * frame_ms + 25),
                "{ptime_ms} in {frame_ms}: {found:?}"
            );
        }
    }
}

#[test]
fn a_lost_packet_in_twenty_leaves_speech_much_as_it_was() {
    let found = similarity(&narrow_band(), &heard(Law::A, 20, 20, |n| n % 20 == 7)).unwrap();
    assert!(found.similarity > 0.93, "{found:?}");
}
