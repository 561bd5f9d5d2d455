//! One INVITE, several callees: a proxy played by hand forks it.

use std::time::Duration;

use sip::stack::{Content, Destination};
use sip::transport::Transport;

use crate::world::{SDP, World};

const SECOND: Duration = Duration::from_secs(1);
const PROXY: &str = "198.51.100.9:5060";

struct Forked {
    world: World,
    session: sip::stack::SessionId,
    invite: String,
}

fn forked() -> Forked {
    let mut world = World::new(1, |_| {});
    let destination = Destination {
        transport: Transport::Udp,
        local: world.nodes[0].address,
        remote: PROXY.parse().unwrap(),
    };
    let session = world.call_to(0, destination, Content::sdp(SDP));
    world.run(SECOND / 100);
    let (_, bytes) = world.strangers.pop().unwrap();
    Forked { world, session, invite: String::from_utf8(bytes).unwrap() }
}

impl Forked {
    fn header(&self, name: &str) -> &str {
        self.invite.lines().find(|line| line.starts_with(name)).unwrap()
    }

    /// A response from the callee with this tag.
    fn answer(&mut self, status: &str, tag: &str) {
        let contact = format!("Contact: <sip:{tag}@203.0.113.{}:5080>", tag.len());
        let message = format!(
            "SIP/2.0 {status}\n{}\n{}\n{};tag={tag}\n{}\n{}\n{contact}\nRecord-Route: <sip:198.51.100.9;lr>\n\
             Content-Length: 0\n\n",
            self.header("Via"),
            self.header("From"),
            self.header("To"),
            self.header("Call-ID"),
            self.header("CSeq"),
        );
        self.world.inject(PROXY, 0, &message);
    }

    fn heard(&mut self) -> Vec<String> {
        self.world.run(SECOND / 100);
        self.world
            .strangers
            .drain(..)
            .map(|(to, bytes)| {
                let text = String::from_utf8(bytes).unwrap();
                let tag = text.lines().find(|line| line.starts_with("To:")).unwrap().split("tag=").nth(1);
                let word = text.split(' ').next().unwrap().to_owned();
                assert_eq!(to, PROXY.parse().unwrap(), "by the route set");
                assert!(text.contains("\r\nRoute: <sip:198.51.100.9;lr>\r\n"), "{text}");
                format!("{word} {}", tag.unwrap_or("no tag"))
            })
            .collect()
    }
}

#[test]
fn every_branch_that_rings_is_told_apart() {
    let mut forked = forked();
    for (status, tag) in [("180 Ringing", "a"), ("183 Session Progress", "bb"), ("180 Ringing", "a")] {
        forked.answer(status, tag);
    }
    assert_eq!(forked.world.told(0), ["180 from branch 0", "183 from branch 1", "180 from branch 0"]);
}

#[test]
fn the_first_answer_is_kept_and_the_others_are_acknowledged_and_ended() {
    let mut forked = forked();
    forked.answer("180 Ringing", "a");
    forked.answer("180 Ringing", "bb");
    forked.answer("200 OK", "bb");
    assert_eq!(forked.heard(), ["ACK bb"]);
    forked.answer("200 OK", "a");
    assert_eq!(forked.heard(), ["ACK a", "BYE a"]);
    forked.answer("200 OK", "ccc");
    assert_eq!(forked.heard(), ["ACK ccc", "BYE ccc"]);
    forked.answer("200 OK", "a");
    forked.answer("200 OK", "bb");
    assert_eq!(forked.heard(), ["ACK a", "ACK bb"], "a retransmission gets its ACK again and nothing else");
    assert_eq!(forked.world.told(0), ["180 from branch 0", "180 from branch 1", "accepted"]);
    let session = forked.session;
    forked.world.with(0, |stack, now| stack.end(session, &Content::EMPTY, now)).unwrap();
    assert_eq!(forked.heard(), ["BYE bb"]);
    forked.world.run_out();
    forked.world.assert_at_rest();
}

#[test]
fn an_answer_after_the_cancel_is_acknowledged_and_ended() {
    let mut forked = forked();
    forked.answer("180 Ringing", "a");
    let session = forked.session;
    forked.world.with(0, |stack, now| stack.end(session, &Content::EMPTY, now)).unwrap();
    forked.world.run(SECOND / 100);
    let cancel = String::from_utf8(forked.world.strangers.pop().unwrap().1).unwrap();
    assert!(cancel.starts_with("CANCEL ") && cancel.contains(forked.header("Via")), "{cancel}");
    assert!(
        cancel.contains("\r\nCSeq: 1 CANCEL\r\n") && cancel.contains(&format!("{}\r\n", forked.header("To"))),
        "{cancel}"
    );
    forked.world.strangers.clear();
    forked.answer("200 OK", "a");
    let heard: Vec<String> = forked.heard().into_iter().filter(|line| !line.starts_with("CANCEL")).collect();
    assert_eq!(heard, ["ACK a", "BYE a"]);
    forked.world.run_out();
    forked.world.assert_at_rest();
}

#[test]
fn more_branches_than_the_limit_are_not_told() {
    let mut forked = forked();
    for n in 1..40 {
        forked.answer("180 Ringing", &"x".repeat(n));
    }
    assert_eq!(forked.world.told(0).len(), 16);
}

#[test]
fn a_response_with_a_second_via_or_of_a_stranger_is_dropped() {
    let mut forked = forked();
    let via = forked.header("Via").to_owned();
    let good = forked.invite.clone();
    forked.invite = good.replace(&via, &format!("{via}, SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKx"));
    forked.answer("200 OK", "a");
    forked.invite = good.replace(&via, "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKstranger");
    forked.answer("200 OK", "a");
    assert_eq!(forked.heard(), [""; 0]);
    assert_eq!(forked.world.told(0), [""; 0]);
    assert_eq!(forked.world.nodes[0].stack.counters().dropped.stray_response, 1);
    assert_eq!(forked.world.nodes[0].stack.counters().dropped.unparsable, 1);
}
