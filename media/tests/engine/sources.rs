//! Whose packets are taken, and whose are not.

use core::time::Duration;

use media::{Event, StreamConfig};

use crate::lab::{Lab, address, voice};

fn latch(stream: &mut StreamConfig) {
    stream.latch = Some(Duration::from_secs(2));
}

#[test]
fn injected_packets_are_dropped_and_counted() {
    let mut lab = Lab::new();
    let (a, b) = (lab.stream(1, |_| {}), lab.stream(2, |_| {}));
    lab.bridge(a, b);
    assert!(lab.talk(a, 66, voice(9, 1, 0), 10).is_empty());
    assert_eq!(lab.talk(a, 1, voice(5, 1, 0), 1).len(), 1);
    assert!(lab.talk(a, 66, voice(5, 2, 160), 10).is_empty());
    lab.talk(b, 2, voice(6, 1, 0), 1);
    assert_eq!(lab.sent.last().unwrap().to, address(1));
    let statistics = lab.close(a);
    assert_eq!((statistics.discarded.source, statistics.received.packets), (20, 1));
}

#[test]
fn a_window_learns_one_source_and_is_shut() {
    let mut lab = Lab::new();
    let (a, b) = (lab.stream(1, latch), lab.stream(2, |_| {}));
    lab.bridge(a, b);
    lab.talk(b, 2, voice(6, 1, 0), 1);
    assert_eq!(lab.sent.last().unwrap().to, address(1), "nothing goes to who has not proved himself");
    assert_eq!(lab.talk(a, 77, voice(9, 1, 0), 5).len(), 4);
    assert_eq!(lab.events, [Event::Latched { endpoint: a, source: address(77) }]);
    assert!(lab.talk(a, 66, voice(8, 1, 0), 5).is_empty());
    assert!(lab.talk(a, 1, voice(5, 1, 0), 5).is_empty());
    lab.configure(a, 1, latch);
    assert!(lab.talk(a, 66, voice(8, 6, 0), 5).is_empty(), "a refresh opens no window");
    lab.talk(b, 2, voice(6, 2, 160), 1);
    assert_eq!(lab.sent.last().unwrap().to, address(77));
    assert_eq!(lab.events.len(), 1);
}

#[test]
fn the_window_shuts_by_itself() {
    let mut lab = Lab::new();
    let a = lab.stream(1, latch);
    lab.pass(2000);
    lab.talk(a, 77, voice(9, 1, 0), 5);
    assert_eq!(lab.events, []);
    assert_eq!(lab.close(a).discarded.source, 5);
}

#[test]
fn a_socket_is_tied_to_its_source_once_confirmed_and_untied_when_signalling_moves_it() {
    let mut lab = Lab::new();
    let a = lab.stream(1, |_| {});
    assert_eq!(lab.sockets, ["open 0 203.0.113.1:20000"]);
    lab.talk(a, 1, voice(5, 1, 0), 2);
    assert_eq!(lab.sockets[1..], ["connect 0 192.0.2.1:4000", "open control 0"]);
    lab.configure(a, 3, |_| {});
    assert!(lab.talk(a, 1, voice(5, 3, 320), 1).is_empty());
    lab.talk(a, 3, voice(5, 4, 480), 1);
    assert_eq!(lab.sockets[3..], ["disconnect 0", "connect 0 192.0.2.3:4000"]);
    lab.close(a);
    assert_eq!(lab.sockets.last().unwrap(), "close 0");
}

#[test]
fn what_is_no_packet_of_the_stream_is_counted_by_its_reason() {
    let mut lab = Lab::new();
    let a = lab.stream(1, |_| {});
    for bytes in [vec![], vec![0x80; 11], vec![0; 20], vec![0x80; 2000]] {
        lab.datagram(a, address(1), bytes);
    }
    lab.packet(a, 1, media::rtp::Header { payload_type: 18, ..voice(5, 1, 0) }, &[0; 20]);
    let discarded = lab.close(a).discarded;
    assert_eq!((discarded.malformed, discarded.payload_type, discarded.total()), (4, 1, 5));
}

#[test]
fn nothing_is_taken_before_signalling_says_what() {
    let mut lab = Lab::new();
    let a = lab.ids.take().unwrap();
    lab.command(media::Command::Open { endpoint: a, local: address(0) });
    lab.packet(a, 1, voice(5, 1, 0), &[0; 160]);
    assert_eq!(lab.close(a).discarded.unexpected, 1);
}
