//! Messages from peers that are no stack of ours, written by hand.

use std::time::Duration;

use crate::world::World;

fn request(method: &str, uri: &str, branch: &str, more: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.1:5070;branch={branch}\nMax-Forwards: 70\n\
         From: <sip:bob@198.51.100.1>;tag=b0b\nTo: <sip:x@192.0.2.1>\nCall-ID: from-bob\nCSeq: 7 {method}\n{more}\
         Content-Length: 0\n\n"
    )
}

impl World {
    /// The last thing a stranger was sent, as text.
    pub(crate) fn heard(&mut self) -> Option<String> {
        self.run(Duration::from_millis(5));
        self.strangers.pop().map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[test]
fn options_are_answered_with_what_we_can_do_or_503_while_draining() {
    let mut world = World::new(1, |_| {});
    world.inject("198.51.100.1:5070", 0, &request("OPTIONS", "sip:192.0.2.1", "z9hG4bKa", ""));
    let answer = world.heard().unwrap();
    assert!(answer.starts_with("SIP/2.0 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE\r\n"), "{answer}");
    assert!(answer.contains("\r\nAccept: application/sdp"), "{answer}");
    world.nodes[0].stack.set_draining(true);
    world.inject("198.51.100.1:5070", 0, &request("OPTIONS", "sip:192.0.2.1", "z9hG4bKb", ""));
    let answer = world.heard().unwrap();
    assert!(answer.starts_with("SIP/2.0 503 ") && answer.contains("\r\nRetry-After: 5\r\n"), "{answer}");
    world.assert_at_rest();
}

#[test]
fn requests_of_no_dialog_get_481_and_are_forgotten() {
    let mut world = World::new(1, |_| {});
    for method in ["BYE", "UPDATE", "INFO", "CANCEL"] {
        let message =
            request(method, "sip:192.0.2.1", "z9hG4bKc", "").replace("x@192.0.2.1>", "x@192.0.2.1>;tag=no");
        world.inject("198.51.100.1:5070", 0, &message);
        let answer = world.heard().unwrap();
        let expected = if method == "INFO" { "SIP/2.0 405 " } else { "SIP/2.0 481 " };
        assert!(answer.starts_with(expected), "{method}: {answer}");
    }
    world.assert_at_rest();
}
