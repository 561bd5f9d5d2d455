//! Sequence numbers in and out of order, over the turn and after a restart.

use super::{Arrival, Sequence};

fn valid_at(sequence: u16) -> Sequence {
    let mut source = Sequence::new(1);
    assert_eq!(source.receive(sequence), Arrival::First);
    source
}

#[test]
fn a_source_is_valid_after_so_many_packets_in_sequence() {
    let mut source = Sequence::new(2);
    assert_eq!(source.receive(10), Arrival::Probation);
    assert_eq!(source.receive(20), Arrival::Probation);
    assert!(!source.is_valid());
    assert_eq!(source.expected(), 0);
    assert_eq!(source.receive(21), Arrival::First);
    assert_eq!((source.expected(), source.received(), source.lost()), (1, 1, 0));
}

#[test]
fn the_number_turns_over_into_a_cycle() {
    let mut source = valid_at(65534);
    for sequence in [65535, 0, 1] {
        assert_eq!(source.receive(sequence), Arrival::Next { missing: 0 });
    }
    assert_eq!(source.extended_highest(), 0x1_0001);
    assert_eq!((source.expected(), source.lost()), (4, 0));
}

#[test]
fn a_gap_is_lost_until_the_late_packet_comes() {
    let mut source = valid_at(65535);
    assert_eq!(source.receive(2), Arrival::Next { missing: 2 });
    assert_eq!(source.lost(), 2);
    assert_eq!(source.receive(0), Arrival::Late);
    assert_eq!(source.receive(0), Arrival::Duplicate);
    assert_eq!(source.receive(2), Arrival::Duplicate);
    assert_eq!((source.lost(), source.duplicates(), source.reordered()), (1, 2, 1));
}

#[test]
fn a_packet_from_before_the_first_moves_the_beginning() {
    let mut source = valid_at(100);
    assert_eq!(source.receive(98), Arrival::Late);
    assert_eq!((source.expected(), source.received()), (3, 2));
}

#[test]
fn one_wild_packet_changes_nothing_and_two_in_sequence_are_a_restart() {
    let mut source = valid_at(100);
    assert_eq!(source.receive(40_000), Arrival::Astray);
    assert_eq!(source.receive(101), Arrival::Next { missing: 0 });
    assert_eq!(source.receive(40_001), Arrival::Astray);
    assert_eq!(source.receive(40_002), Arrival::Restart);
    assert_eq!(source.receive(40_003), Arrival::Next { missing: 0 });
    assert_eq!((source.expected(), source.received(), source.restarts()), (4, 4, 1));
}

#[test]
fn long_losses_stay_in_count() {
    let mut source = valid_at(0);
    let mut sequence = 0_u16;
    for _ in 0..100 {
        sequence = sequence.wrapping_add(2999);
        assert_eq!(source.receive(sequence), Arrival::Next { missing: 2998 });
    }
    assert_eq!(source.expected(), 299_901);
    assert_eq!(source.lost(), 299_901 - 101);
}
