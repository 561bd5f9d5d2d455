//! Spans and lists of channels.

use super::*;
use crate::{ConfigError, SPANS_MAX, Slots, SlotsError};

#[test]
fn spans_have_the_bearers_of_their_standards() {
    let bearers = |layout: Layout| (layout.bearers().len(), layout.bearers().to_string());
    assert_eq!(bearers(Layout::E1), (30, "1-15,17-31".to_owned()));
    assert_eq!(bearers(Layout::T1), (23, "1-23".to_owned()));
    assert_eq!(bearers(Layout::T1Full), (24, "1-24".to_owned()));
    assert_eq!(bearers(Layout::J1), (23, "1-23".to_owned()));
    assert_eq!(bearers(Layout::J1Full), (24, "1-24".to_owned()));
    assert_eq!((Layout::E1.law(), Layout::J1.law()), (Law::A, Law::Mu));
    for layout in Layout::ALL {
        assert_eq!(Layout::from_name(layout.name()), Some(layout));
    }
}

#[test]
fn a_list_of_channels_reads_as_it_is_written() {
    for list in ["1-15,17-31", "1", "3,5,7", "1-2,4-5,31"] {
        assert_eq!(Slots::parse(list, Layout::E1).unwrap().to_string(), list);
    }
    assert_eq!(Slots::parse(" 1 - 3 , 5", Layout::E1).unwrap().to_string(), "1-3,5");
}

#[test]
fn a_wrong_list_says_what_is_wrong_with_it() {
    let wrong = |list: &str, layout| Slots::parse(list, layout).unwrap_err().to_string();
    assert_eq!(
        wrong("1-16", Layout::E1),
        "channel 16 carries the signalling of e1; voice goes in 1-15,17-31"
    );
    assert_eq!(wrong("24", Layout::T1), "channel 24 carries the signalling of t1; voice goes in 1-23");
    assert_eq!(wrong("1-32", Layout::E1).get(..10), Some("channel 16"));
    assert_eq!(wrong("32", Layout::E1), "e1 has no channel 32; it has 1-15,17-31");
    assert_eq!(wrong("0", Layout::E1), "e1 has no channel 0; it has 1-15,17-31");
    assert_eq!(wrong("25", Layout::J1Full), "j1-24 has no channel 25; it has 1-24");
    assert_eq!(wrong("9-5", Layout::E1), "9-5 runs backwards");
    assert_eq!(wrong("1-5,5", Layout::E1), "channel 5 is named twice");
    for nothing in ["", "a", "1-", "-3", "1,,2", "+1", "999", "1-2-3"] {
        assert!(matches!(Slots::parse(nothing, Layout::E1), Err(SlotsError::NotANumber(_))), "{nothing:?}");
    }
}

#[test]
fn a_channel_is_named_by_span_and_slot() {
    let channel = ChannelId::new(2, 17);
    assert_eq!(channel.to_string(), "2.17");
    assert_eq!(ChannelId::parse("2.17"), Some(channel));
    assert_eq!(ChannelId::parse("17"), Some(ChannelId::new(1, 17)));
    assert_eq!(
        (ChannelId::parse("0.1"), ChannelId::parse("a"), ChannelId::parse("1.300")),
        (None, None, None)
    );
}

#[test]
fn a_trunk_has_at_least_one_channel_and_not_too_many_spans() {
    let made = |spans: Vec<Span>| {
        let config = Config::new(spans);
        let now = some_instant();
        Trunk::new(&config, Exchange::new(&config, Script::lab(Law::A), now), now).map(|_| ())
    };
    assert_eq!(made(vec![]), Err(ConfigError::Spans(0)));
    assert_eq!(made(vec![Span::whole(Layout::E1); SPANS_MAX + 1]), Err(ConfigError::Spans(SPANS_MAX + 1)));
    assert_eq!(made(vec![Span { layout: Layout::E1, slots: Slots::default() }]), Err(ConfigError::NoChannel));
    assert_eq!(made(vec![Span::whole(Layout::E1); SPANS_MAX]), Ok(()));
}
