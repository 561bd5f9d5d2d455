//! Calls that go well.

use std::time::Duration;

use sip::stack::Content;
use sip::transport::Transport;

use crate::world::{REASON, SDP, World};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_call_rings_is_answered_and_ends() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut world = World::new(2, |_| {});
        let caller = world.call(transport);
        world.run(SECOND / 10);
        let callee = world.incoming(1);
        world.with(1, |stack, now| stack.provisional(callee, 180, "", &Content::EMPTY, now)).unwrap();
        world.run(SECOND);
        world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
        world.run(SECOND);
        assert_eq!(world.told(0), ["180 from branch 0", "accepted"]);
        assert_eq!(world.told(1), ["acknowledged"]);
        let headers = [REASON];
        world.with(0, |stack, now| stack.end(caller, &Content::headers(&headers), now)).unwrap();
        world.run(SECOND);
        assert_eq!(world.told(0), [""; 0]);
        assert_eq!(world.told(1), ["ended by BYE"]);
        let lines: Vec<String> = world.ladder().iter().map(|line| line[7..].to_owned()).collect();
        assert_eq!(
            lines,
            [
                "0 INVITE sip:+4930123456@192.0.2.2 SIP/2.0",
                "1 SIP/2.0 100 Trying",
                "1 SIP/2.0 180 Ringing",
                "1 SIP/2.0 200 OK",
                lines[4].as_str(),
                lines[5].as_str(),
                "1 SIP/2.0 200 OK",
            ]
        );
        assert!(lines[4].starts_with("0 ACK sip:") && lines[5].starts_with("0 BYE sip:"), "{lines:#?}");
        world.run_out();
        world.assert_at_rest();
    }
}
