//! URIs: taken apart, compared, refused.

use std::net::IpAddr;

use sip::message::{Host, Scheme, Uri};

fn uri(text: &str) -> Uri<'_> {
    Uri::parse(text.as_bytes()).unwrap_or_else(|| panic!("{text} is a URI"))
}

fn address(text: &str) -> Option<Host<'_>> {
    text.parse::<IpAddr>().ok().map(Host::Address)
}

#[test]
fn a_sip_uri_has_user_password_host_port_parameters_and_headers() {
    let uri = uri("sip:alice:secret@Example.com:5070;transport=tcp;lr?subject=call%20me&priority=urgent");
    assert_eq!(uri.scheme, Scheme::Sip);
    assert_eq!(uri.user, Some(&b"alice"[..]));
    assert_eq!(uri.password, Some(&b"secret"[..]));
    assert_eq!(uri.host, Some(Host::Name(b"Example.com")));
    assert_eq!(uri.port, Some(5070));
    assert_eq!(uri.param_value("TRANSPORT"), Some(&b"tcp"[..]));
    assert!(uri.is_loose());
    let headers: Vec<_> = uri.headers().collect();
    assert_eq!(headers, [(&b"subject"[..], Some(&b"call%20me"[..])), (b"priority", Some(b"urgent"))]);
}

#[test]
fn a_user_part_may_hold_semicolons_slashes_and_escapes() {
    let uri = uri("sip:user;par=u%40example.net@example.com");
    assert_eq!(uri.user, Some(&b"user;par=u%40example.net"[..]));
    assert_eq!(uri.user_decoded().unwrap().as_ref(), b"user;par=u@example.net");
    assert_eq!(uri.params().count(), 0);
}

#[test]
fn an_ipv6_reference_stands_in_brackets_and_its_port_outside() {
    assert_eq!(uri("sip:[2001:db8::10]:5070").port, Some(5070));
    let ambiguous = uri("sip:[2001:db8::10:5070]");
    assert_eq!((ambiguous.host, ambiguous.port), (address("2001:db8::10:5070"), None));
    assert_eq!(uri("sip:user@[2001:db8:::192.0.2.1]").host, address("2001:db8::192.0.2.1"));
    assert_eq!(uri("sip:[::ffff:192.0.2.2]").host, address("::ffff:192.0.2.2"));
}

#[test]
fn a_tel_uri_holds_a_number_and_parameters() {
    let uri = uri("tel:+44-20-7946-0123;ext=9;phone-context=example.com");
    assert_eq!(uri.scheme, Scheme::Tel);
    assert_eq!(uri.user, Some(&b"+44-20-7946-0123"[..]));
    assert_eq!(uri.param_value("ext"), Some(&b"9"[..]));
    assert_eq!(uri.host, None);
}

#[test]
fn a_parameter_is_found_whatever_the_escapes_in_its_name() {
    let uri = uri("sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31");
    assert!(uri.is_loose());
    assert_eq!(uri.param_value("name"), Some(&b"v%61lue%25%34%31"[..]));
}

#[test]
fn other_schemes_are_carried_and_not_looked_into() {
    assert_eq!(uri("soap.beep://192.0.2.103:3002").scheme, Scheme::Other(b"soap.beep"));
    assert!(Uri::parse(b"isbn:").is_none());
}

#[test]
fn what_is_no_uri_is_none() {
    let long = format!("sip:{}", "x".repeat(5000));
    for text in [
        "",
        "sip",
        "sip:",
        ":x",
        "<sip:a@b>",
        "sip:a@",
        "sip:@b",
        "sip:a@b c",
        "sip:a@b:port",
        "sip:a@b:65536",
        "sip:a@b:",
        "sip:2001:db8::10",
        "sip:[2001:db8::10",
        "sip:[2001:db8::zz]",
        "sip:[]",
        "sip:a@b>",
        "sip:\"a\"@b",
        "1sip:a@b",
        "tel:",
        "tel:hello",
        "tel:+",
        "sip:a@b\r\nEvil:1",
        "sip:[::1]x",
        &long,
    ] {
        assert!(Uri::parse(text.as_bytes()).is_none(), "{text}");
    }
}

/// RFC 3261 §19.1.4, its own examples and ours.
#[test]
fn uris_are_the_same_by_the_rules_of_rfc_3261() {
    for (a, b) in [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]"),
        ("tel:+1-201-555-0123", "tel:+12015550123"),
        ("isbn:2983792873", "isbn:2983792873"),
    ] {
        assert!(uri(a).is_equivalent(&uri(b)) && uri(b).is_equivalent(&uri(a)), "{a} {b}");
    }
}

#[test]
fn uris_differ_by_the_rules_of_rfc_3261() {
    for (a, b) in [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:a@b", "sips:a@b"),
        ("sip:a:x@b", "sip:a@b"),
        ("sip:12015550123@b", "tel:12015550123"),
        ("tel:+12015550123", "tel:12015550123"),
    ] {
        assert!(!uri(a).is_equivalent(&uri(b)) && !uri(b).is_equivalent(&uri(a)), "{a} {b}");
    }
}
