//! Reading YAML: every mistake at once, where it stands, and within bounds.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use mistakes::{DEPTH_MAX, Document, Limits, MISTAKES_MAX, Mistake, Mistakes, SecretSource, Value, nearest};
use proptest::prelude::*;

/// What a reader of the whole text notes.
fn noted(text: &str, read: impl FnOnce(Value<'_>)) -> Vec<Mistake> {
    let mistakes = Mistakes::new();
    if let Some(document) = Document::parse("etc/test.yaml", text, &mistakes) {
        read(document.root());
    }
    mistakes.into_vec()
}

fn messages(mistakes: &[Mistake]) -> Vec<&str> {
    mistakes.iter().map(|mistake| mistake.message.as_str()).collect()
}

#[test]
fn a_mistake_is_shown_with_its_line_a_caret_what_was_expected_and_the_nearest_word() {
    let found = noted("node: gw1\nsip:\n  listn: 5060\n", |root| {
        let sip = root.map(&["node", "sip"]).unwrap().get("sip").unwrap();
        sip.map(&["listen", "tls"]);
    });
    let expected = "\
mistake: unknown field `listn`
 --> etc/test.yaml:3:3
  |
3 |   listn: 5060
  |   ^^^^^
  = expected: listen or tls
  = did you mean `listen`?
";
    assert_eq!(found[0].to_string(), expected);
}

#[test]
fn a_mistake_as_json_has_its_place_and_its_remedy() {
    let found = noted("every: 30\n", |root| {
        root.map(&["every"]).unwrap().required("every", Value::duration);
    });
    let json = serde_json::to_value(&found[0]).unwrap();
    assert_eq!(json["severity"], "mistake");
    assert_eq!((&json["line"], &json["column"], &json["length"]), (&1.into(), &8.into(), &2.into()));
    assert_eq!(json["message"], "`30` is not a duration");
    assert_eq!(json["snippet"], "every: 30");
}

#[test]
fn every_mistake_is_told_in_the_order_of_the_file() {
    let text = "a: 12\nb: 300ms\nc: maybe\nd: 127.0.0.1\ne: 10.0.0.1/24\nf: 30-20\ng: [1, 2]\nh:\n";
    let found = noted(text, |root| {
        let map = root.map(&["a", "b", "c", "d", "e", "f", "g", "h", "i"]).unwrap();
        map.required("h", Value::text);
        map.required("i", Value::text);
        map.required("g", Value::text);
        map.required("f", Value::port_range);
        map.required("e", Value::network);
        map.required("d", Value::socket_address);
        map.required("c", Value::truth);
        map.required("b", |v| v.integer(0..=5));
        map.required("a", |v| v.integer(0..=5));
    });
    assert_eq!(
        messages(&found),
        [
            "`i` is missing",
            "`12` is out of range",
            "`300ms` is not a whole number",
            "`maybe` is neither true nor false",
            "`127.0.0.1` is not an address with a port",
            "`10.0.0.1/24` has bits set beyond its prefix length",
            "`30-20` is not a range of ports",
            "a list stands here",
            "nothing is written here",
        ]
    );
}

#[test]
fn what_is_right_is_read() {
    let text = "a: [250ms, 30s, 5m, 2h, 1d]\nb: -7\nc: true\nd: \"[::1]:5060\"\ne: 198.51.100.0/24\nf: 20000-29999\n\
                g: \"0312\"\nh: lists/irsf.txt\ni: descending\n";
    let found = noted(text, |root| {
        let map = root.map(&["a", "b", "c", "d", "e", "f", "g", "h", "i"]).unwrap();
        let seconds: Vec<f64> = map
            .required("a", |v| v.list(Value::duration))
            .unwrap()
            .iter()
            .map(Duration::as_secs_f64)
            .collect();
        assert_eq!(seconds, [0.25, 30.0, 300.0, 7200.0, 86400.0]);
        assert_eq!(map.required("b", |v| v.integer(-10..=10)), Some(-7));
        assert_eq!(map.required("c", Value::truth), Some(true));
        assert_eq!(map.required("d", Value::socket_address).unwrap().port(), 5060);
        let network = map.required("e", Value::network).unwrap();
        let inside: IpAddr = "198.51.100.7".parse().unwrap();
        let mapped: IpAddr = "::ffff:198.51.100.7".parse().unwrap();
        assert!(network.contains(inside) && network.contains(mapped));
        assert!(!network.contains("198.51.101.7".parse().unwrap()));
        assert_eq!(map.required("f", Value::port_range), Some(20000..=29999));
        assert_eq!(map.required("g", Value::digits), Some("0312"));
        assert_eq!(map.required("h", Value::path), Some(PathBuf::from("etc/lists/irsf.txt")));
        let hunts = [("ascending", 1), ("descending", 2)];
        assert_eq!(map.required("i", |v| v.choice(&hunts)), Some(2));
    });
    assert_eq!(found, []);
}

#[test]
fn a_network_of_every_length_holds_its_own_address_and_not_the_next_network() {
    for (text, inside, outside) in [
        ("0.0.0.0/0", "255.255.255.255", "::1"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
        ("::/0", "ffff::", "1.2.3.4"),
    ] {
        let network: mistakes::Network = text.parse().unwrap();
        assert!(network.contains(inside.parse().unwrap()), "{text}");
        assert!(!network.contains(outside.parse().unwrap()), "{text}");
    }
    for wrong in ["1.2.3.4/33", "::/129", "1.2.3/8", "1.2.3.4/", "1.2.3.4/-1", "10.1.0.0/8", "host/8"] {
        assert!(wrong.parse::<mistakes::Network>().is_err(), "{wrong}");
    }
}

#[test]
fn digits_without_quotes_are_refused_whatever_yaml_would_make_of_them() {
    for digits in ["0312", "110", "+81", "1e5", "0x1A", "1_000", "12:30", "1xxx", "3.14", "yes"] {
        let found = noted(&format!("number: {digits}\n"), |root| {
            assert_eq!(root.map(&["number"]).unwrap().required("number", Value::digits), None, "{digits}");
        });
        assert_eq!(found[0].expected.as_deref(), Some(format!("\"{digits}\" in quotes").as_str()));
    }
}

#[test]
fn numbers_in_quotes_or_with_a_leading_zero_are_no_whole_numbers() {
    for wrong in ["\"5\"", "05", "-05", "5.0", "0x5", "1_0", "five", "99999999999999999999", "+5"] {
        let found = noted(&format!("n: {wrong}\n"), |root| {
            assert_eq!(root.map(&["n"]).unwrap().required("n", |v| v.integer(0..=100u64)), None, "{wrong}");
        });
        assert_eq!(found.len(), 1, "{wrong}");
    }
}

#[test]
fn a_secret_is_fetched_by_whoever_may_and_its_failure_stands_where_it_is_asked_for() {
    let text = "a: plain\nb: ${TOKEN}\nc: file:token.txt\nd: ${MISSING}\n";
    let resolve = |source: &SecretSource| match source {
        SecretSource::Environment(name) if name == "TOKEN" => Ok("from the environment".to_owned()),
        SecretSource::Environment(name) => Err(format!("the environment has no `{name}`")),
        SecretSource::File(path) => Ok(format!("from {}", path.display())),
    };
    let found = noted(text, |root| {
        let map = root.map(&["a", "b", "c", "d"]).unwrap();
        let secret = |field| map.required(field, |v| v.secret(&resolve));
        assert_eq!(secret("a").as_deref(), Some("plain"));
        assert_eq!(secret("b").as_deref(), Some("from the environment"));
        assert_eq!(secret("c").as_deref(), Some("from etc/token.txt"));
        assert_eq!(secret("d"), None);
    });
    assert_eq!(messages(&found), ["the environment has no `MISSING`"]);
}

#[test]
fn a_mistake_inside_a_text_is_pointed_at() {
    let found = noted("a: \"12x4\"\n", |root| {
        root.map(&["a"]).unwrap().get("a").unwrap().complain_at(2, "`x` is no digit", "digits");
    });
    assert_eq!((found[0].line, found[0].column), (1, 7));
}

#[test]
fn a_long_line_is_cut_around_the_mistake_and_control_bytes_are_not_echoed() {
    let text = format!("{{a: \"{}\", b: x}}\n", "y".repeat(500));
    let found = noted(&text, |root| {
        root.map(&["a"]);
    });
    assert!(found[0].snippet.chars().count() <= 120 && found[0].snippet.contains("b: x"));
    let found = noted("a: \"\u{9b}31m\"\n", |root| {
        root.map(&["b"]);
    });
    assert!(!found.iter().any(|mistake| mistake.to_string().contains('\u{9b}')));
}

#[test]
fn mistakes_beyond_the_limit_are_counted() {
    let text: String = (0..MISTAKES_MAX + 50).map(|i| format!("k{i}: 1\n")).collect();
    let found = noted(&text, |root| {
        root.map(&[]);
    });
    assert_eq!(found.len(), MISTAKES_MAX + 1);
    assert_eq!(found.last().unwrap().message, "and 50 more mistakes");
}

#[test]
fn aliases_are_read_and_counted_as_what_they_stand_for() {
    let found = noted("a: &x [1, 2]\nb: *x\n", |root| {
        let map = root.map(&["a", "b"]).unwrap();
        assert_eq!(map.required("b", |v| v.list(|v| v.integer(0..=9))), Some(vec![1, 2]));
    });
    assert_eq!(found, []);
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 10].join(", "));
    }
    let found = noted(&bomb, |_| panic!("a bomb was read"));
    assert!(found[0].message.starts_with("more than 100000 values"), "{found:?}");
}

#[test]
fn nesting_bytes_and_values_are_bounded() {
    for deep in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000)] {
        let found = noted(&deep, |_| panic!("nested too deep and read"));
        assert!(found[0].message.contains(&format!("deeper than {DEPTH_MAX}")), "{}", found[0]);
    }
    let fits = format!("{}1{}", "[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX));
    assert_eq!(noted(&fits, |_| ()), []);
    let aliased = format!("a: &a {0}1{1}\nb: &b {0}*a{1}\n", "[".repeat(20), "]".repeat(20));
    let found = noted(&aliased, |_| panic!("nested too deep by an alias and read"));
    assert!(found[0].message.contains("deeper"), "{}", found[0]);
    let found = noted(&"- 1\n".repeat(1_000_000), |_| panic!("too many values and read"));
    assert!(found[0].message.starts_with("more than 100000 values"));
    let found = noted(&"#".repeat(5 << 20), |_| panic!("too long and read"));
    assert!(found[0].message.starts_with("the text is"));
    let mistakes = Mistakes::new();
    let limits = Limits { bytes: 100, values: 2 };
    assert!(Document::parse_within(limits, "a", "[1, 2]", &mistakes).is_none());
    assert_eq!(mistakes.count(), 1);
}

#[test]
fn the_nearest_word_is_one_that_could_have_been_meant() {
    let known = ["carrier", "pstn", "called", "calling"];
    assert_eq!(nearest("carier", known), Some("carrier"));
    assert_eq!(nearest("ptsn", known), Some("pstn"));
    assert_eq!(nearest("PSTN", known), Some("pstn"));
    assert_eq!(nearest("call", known), Some("called"));
    assert_eq!(nearest("zebra", known), None);
    assert_eq!(nearest("b", ["a"]), None);
}

/// The same text through serde: keys and texts as the parser's own author reads them.
#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(untagged)]
enum Plain {
    Text(String),
    List(Vec<Plain>),
    Map(std::collections::BTreeMap<String, Plain>),
}

fn plain(value: Value<'_>) -> Option<Plain> {
    Some(if value.is_list() {
        Plain::List(value.items()?.into_iter().filter_map(plain).collect())
    } else if value.is_map() {
        let entries = value.entries()?.into_iter();
        Plain::Map(
            entries.filter_map(|(key, value)| Some((key.scalar()?.to_owned(), plain(value)?))).collect(),
        )
    } else {
        Plain::Text(value.scalar()?.to_owned())
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_never_panics(text in "[a-z0-9 :,\\[\\]{}\"'#*&!|>%@`\n\t?é電-]{0,80}") {
        let found = noted(&text, |root| {
            root.map(&["a"]);
            root.items();
        });
        for mistake in found {
            prop_assert!(!mistake.to_string().is_empty());
        }
    }

    #[test]
    fn a_text_reads_as_serde_saphyr_reads_it(
        words in prop::collection::btree_set("[a-z]{1,6}", 1..6),
        quoted in prop::collection::vec("[ -~é電]{0,12}", 6),
    ) {
        let mut text = String::new();
        for (word, quoted) in words.iter().zip(&quoted) {
            let single = quoted.replace('\'', "''");
            let double = quoted.replace('\\', "\\\\").replace('"', "\\\"");
            text += &format!("k{word}:\n  - {{k: '{single}', x: [w{word}, \"{double}\"]}}\n  - w{word}\n");
        }
        let expected = serde_saphyr::from_str::<Plain>(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let mistakes = Mistakes::new();
        let document = Document::parse("a", &text, &mistakes).unwrap();
        prop_assert_eq!(plain(document.root()), Some(expected), "{}", text);
    }
}
