//! The calls: who does what, and what the gateway's record must say afterwards.

/// Where the caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// At an address of the trunk `carrier`.
    Carrier,
    /// At an address no trunk has.
    Stranger,
}

/// One call.
#[derive(Debug)]
pub(super) struct Case {
    /// A sentence.
    pub(super) name: &'static str,
    /// The number dialled.
    pub(super) called: &'static str,
    /// SIPp's word for the transport: `u1` or `t1`.
    pub(super) transport: &'static str,
    /// Where the caller is.
    pub(super) from: From,
    /// The caller's part.
    pub(super) caller: &'static str,
    /// The carrier's part; empty if nothing goes there.
    pub(super) callee: &'static str,
    /// What the record holds; empty if there is none.
    pub(super) record: &'static str,
}

const USUAL: Case = Case {
    name: "",
    called: "1000",
    transport: "u1",
    from: From::Carrier,
    caller: "",
    callee: "",
    record: "",
};

/// What a caller does who calls, talks and hangs up.
const TALKS: &str = "
INVITE
<100?
<180?
<183?
<200 ~m=audio [0-9]+ RTP/AVP 8
ACK
wait 300
BYE
<200";

/// What a callee does who rings, answers and waits for the end.
const ANSWERS: &str = "
<INVITE ~m=audio ~Max-Forwards: 69
100
180
wait 100
200 sdp
<ACK
<BYE
200";

pub(super) const CASES: &[Case] = &[
    Case {
        name: "1000 rings, answers, and the caller hangs up",
        caller: "
INVITE
<100
<180
<200 ~m=audio [0-9]+ RTP/AVP 8 ~Contact: <sip:
ACK
wait 500
BYE
<200",
        record: "outcome=answered cause=16 released_by=caller rule=exchange callee/trunk=pstn caller/codec=pcma",
        ..USUAL
    },
    Case {
        name: "1000 by TCP",
        transport: "t1",
        caller: TALKS,
        record: "outcome=answered cause=16 released_by=caller callee/trunk=pstn",
        ..USUAL
    },
    Case {
        name: "1234 answers at once",
        called: "1234",
        caller: TALKS,
        record: "outcome=answered cause=16 callee/trunk=pstn",
        ..USUAL
    },
    Case {
        name: "a BYE after a gap in CSeq is answered",
        caller: "
INVITE
<100
<180
<200
ACK
gap
BYE
<200",
        record: "outcome=answered cause=16 released_by=caller",
        ..USUAL
    },
    Case {
        name: "1002 is heard in-band without an answer until the caller gives up",
        called: "1002",
        caller: "
INVITE
<100
<183 ~m=audio [0-9]+ RTP/AVP 8
wait 300
CANCEL
<200
<487
ACK",
        record: "outcome=canceled released_by=caller sip_status=487 billable_ms=0",
        ..USUAL
    },
    Case {
        name: "1003 rings for ever and the caller gives up",
        called: "1003",
        caller: "
INVITE
<100
<180
wait 300
CANCEL
<200
<487
ACK",
        record: "outcome=canceled released_by=caller sip_status=487 billable_ms=0",
        ..USUAL
    },
    Case {
        name: "1003 rings for ever by TCP and the caller gives up",
        called: "1003",
        transport: "t1",
        caller: "
INVITE
<100
<180
CANCEL
<200
<487
ACK",
        record: "outcome=canceled released_by=caller sip_status=487",
        ..USUAL
    },
    Case {
        name: "a caller hangs up at once with CANCEL",
        called: "1000",
        caller: "
INVITE
<100
CANCEL
<180?
<200
<487
ACK",
        record: "outcome=canceled released_by=caller sip_status=487",
        ..USUAL
    },
    Case {
        name: "19017 is busy",
        called: "19017",
        caller: "
INVITE
<100
<486 ~Reason: Q.850;cause=17
ACK",
        record: "outcome=busy cause=17 sip_status=486 released_by=callee attempts/0/trunk=pstn attempts/0/cause=17",
        ..USUAL
    },
    Case {
        name: "19034 is congested",
        called: "19034",
        caller: "
INVITE
<100
<503 ~Reason: Q.850;cause=34
ACK",
        record: "outcome=failed cause=34 sip_status=503",
        ..USUAL
    },
    Case {
        name: "19001 is unallocated",
        called: "19001",
        caller: "
INVITE
<100
<404 ~Reason: Q.850;cause=1[^0-9]
ACK",
        record: "outcome=failed cause=1 sip_status=404",
        ..USUAL
    },
    Case {
        name: "19018 does not respond",
        called: "19018",
        caller: "
INVITE
<100
<408 ~Reason: Q.850;cause=18
ACK",
        record: "outcome=no_answer cause=18 sip_status=408",
        ..USUAL
    },
    Case {
        name: "19019 does not answer",
        called: "19019",
        caller: "
INVITE
<100
<480 ~Reason: Q.850;cause=19
ACK",
        record: "outcome=no_answer cause=19 sip_status=480",
        ..USUAL
    },
    Case {
        name: "19028 has an incomplete number",
        called: "19028",
        caller: "
INVITE
<100
<484 ~Reason: Q.850;cause=28
ACK",
        record: "outcome=failed cause=28 sip_status=484",
        ..USUAL
    },
    Case {
        name: "19027 is out of order",
        called: "19027",
        caller: "
INVITE
<100
<502 ~Reason: Q.850;cause=27
ACK",
        record: "outcome=failed cause=27 sip_status=502",
        ..USUAL
    },
    Case {
        name: "19065 lacks the bearer",
        called: "19065",
        caller: "
INVITE
<100
<488 ~Reason: Q.850;cause=65
ACK",
        record: "outcome=failed cause=65 sip_status=488",
        ..USUAL
    },
    Case {
        name: "4000 leads nowhere",
        called: "4000",
        caller: "
INVITE
<100
<404
ACK",
        record: "outcome=failed sip_status=404 why/refused=no_route attempts=[]",
        ..USUAL
    },
    Case {
        name: "19017 is busy by TCP too",
        called: "19017",
        transport: "t1",
        caller: "
INVITE
<100
<486 ~Reason: Q.850;cause=17
ACK",
        record: "outcome=busy cause=17 sip_status=486",
        ..USUAL
    },
    Case {
        name: "an INVITE sent three times is one call",
        caller: "
INVITE
<100
<180
INVITE again
INVITE again
<180?
<180?
<200
ACK
wait 200
BYE
<200",
        record: "outcome=answered cause=16 released_by=caller",
        ..USUAL
    },
    Case {
        name: "an INVITE without an offer gets one in the 200",
        caller: "
INVITE late
<100
<180?
<183?
<200 ~m=audio [0-9]+ RTP/AVP 8
ACK sdp
wait 300
BYE
<200",
        record: "outcome=answered cause=16 released_by=caller caller/codec=pcma",
        ..USUAL
    },
    Case {
        name: "hold and resume are answered",
        caller: "
INVITE
<100
<180
<200
ACK
wait 100
reINVITE sendonly
<100?
<200 ~a=(recvonly|inactive)
ACK
wait 100
reINVITE sendrecv
<100?
<200 ~m=audio
ACK
wait 100
BYE
<200",
        record: "outcome=answered cause=16 released_by=caller",
        ..USUAL
    },
    Case {
        name: "OPTIONS is answered with what is allowed",
        caller: "
OPTIONS
<200 ~Allow: .*INVITE ~Accept: application/sdp",
        ..USUAL
    },
    Case {
        name: "OPTIONS by TCP is answered",
        transport: "t1",
        caller: "
OPTIONS
<200 ~Allow: .*INVITE",
        ..USUAL
    },
    Case {
        name: "an unknown source is refused",
        from: From::Stranger,
        caller: "
INVITE
<100?
<403
ACK",
        ..USUAL
    },
    Case {
        name: "SIP to SIP: the callee answers, the caller hangs up",
        called: "2001",
        caller: TALKS,
        callee: ANSWERS,
        record: "outcome=answered cause=16 released_by=caller rule=carrier callee/trunk=carrier",
        ..USUAL
    },
    Case {
        name: "SIP to SIP: the callee hangs up",
        called: "2002",
        caller: "
INVITE
<100
<180
<200
ACK
<BYE
200",
        callee: "
<INVITE
100
180
200 sdp
<ACK
wait 300
BYE
<200",
        record: "outcome=answered cause=16 released_by=callee",
        ..USUAL
    },
    Case {
        name: "SIP to SIP: early media with 183",
        called: "2003",
        caller: "
INVITE
<100
<183 ~m=audio
<200
ACK
wait 200
BYE
<200",
        callee: "
<INVITE
100
183 sdp
wait 300
200 sdp
<ACK
<BYE
200",
        record: "outcome=answered cause=16 released_by=caller",
        ..USUAL
    },
    Case {
        name: "SIP to SIP: the callee is busy",
        called: "2017",
        caller: "
INVITE
<100
<486
ACK",
        callee: "
<INVITE
100
486
<ACK",
        record: "outcome=busy cause=17 sip_status=486 released_by=callee attempts/0/sip_status=486",
        ..USUAL
    },
    Case {
        name: "SIP to SIP: the callee declines everywhere",
        called: "2021",
        caller: "
INVITE
<100
<180?
<603
ACK",
        callee: "
<INVITE
100
180
wait 100
603
<ACK",
        record: "outcome=rejected cause=21 attempts/0/sip_status=603",
        ..USUAL
    },
    Case {
        name: "SIP to SIP: nobody answers and the callee's side says so",
        called: "2018",
        caller: "
INVITE
<100
<180
<480
ACK",
        callee: "
<INVITE
100
180
wait 300
480
<ACK",
        record: "outcome=no_answer sip_status=480 attempts/0/sip_status=480",
        ..USUAL
    },
    Case {
        name: "SIP to SIP: the caller hangs up while it rings",
        called: "2004",
        caller: "
INVITE
<100
<180
wait 200
CANCEL
<200
<487
ACK",
        callee: "
<INVITE
100
180
<CANCEL
200
487 INVITE
<ACK",
        record: "outcome=canceled released_by=caller sip_status=487",
        ..USUAL
    },
    Case {
        name: "SIP to SIP: hold by the caller is answered",
        called: "2005",
        caller: "
INVITE
<100
<180
<200
ACK
wait 100
reINVITE sendonly
<100?
<200 ~a=(recvonly|inactive)
ACK
wait 100
BYE
<200",
        callee: ANSWERS,
        record: "outcome=answered cause=16 released_by=caller",
        ..USUAL
    },
    Case {
        name: "SIP to SIP without an offer in the INVITE",
        called: "2006",
        caller: "
INVITE late
<100
<180?
<200 ~m=audio
ACK sdp
wait 300
BYE
<200",
        callee: "
<INVITE
100
180
wait 100
200 sdp
<ACK
<BYE
200",
        record: "outcome=answered cause=16 released_by=caller",
        ..USUAL
    },
];
