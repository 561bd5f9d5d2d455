//! Calls over streams that are cut, shared and lost.

use std::time::Duration;

use sip::stack::Content;
use sip::transport::Transport;

use crate::world::{SDP, World};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_call_survives_any_cutting_of_its_stream_and_the_loss_of_its_connection() {
    for cut in [1, 7, 100, 5000] {
        let mut world = World::new(2, |_| {});
        world.cut = cut;
        let caller = world.call(Transport::Tcp);
        world.run(SECOND);
        let callee = world.incoming(1);
        world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
        world.run(SECOND);
        assert_eq!(world.told(0), ["accepted"], "cut every {cut}");
        assert_eq!(world.told(1), ["acknowledged"]);
        world.cut_cables();
        world.with(1, |stack, now| stack.end(callee, &Content::EMPTY, now)).unwrap();
        world.run(SECOND);
        assert_eq!(world.told(0), ["ended by BYE"]);
        let _ = caller;
        world.run_out();
        assert_eq!(world.count(0, "INVITE"), 1);
        world.assert_at_rest();
    }
}
