//! Messages as a carrier sends them, for the tests to share.

/// A typical INVITE of about one kilobyte.
pub(crate) const INVITE: &[u8] = b"INVITE sip:+442079460123@gateway.example.com;user=phone SIP/2.0\r\n\
    Via: SIP/2.0/UDP 198.51.100.10:5060;branch=z9hG4bK776asdhds8f7g;rport\r\n\
    Via: SIP/2.0/TCP [2001:db8::7];branch=z9hG4bKinner, SIP/2.0/UDP proxy.example.net;branch=z9hG4bKinnermost\r\n\
    Max-Forwards: 70\r\n\
    Record-Route: <sip:edge.example.net;lr>, <sip:core.example.net;lr;ftag=1928>\r\n\
    From: \"Alice, of \\\"Wonderland\\\"\" <sip:+442079460456@example.com;user=phone>;tag=1928301774\r\n\
    To: <sip:+442079460123@gateway.example.com;user=phone>\r\n\
    Call-ID: a84b4c76e66710-5f3a9b@198.51.100.10\r\n\
    CSeq: 314159 INVITE\r\n\
    Contact: <sip:alice@198.51.100.10:5060;transport=udp>\r\n\
    Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO\r\n\
    Supported: 100rel, timer, replaces\r\n\
    Session-Expires: 1800;refresher=uac\r\n\
    P-Asserted-Identity: <sip:+442079460456@example.com;user=phone>\r\n\
    User-Agent: ExamplePhone/4.2\r\n\
    Content-Type: application/sdp\r\n\
    Content-Length: 216\r\n\
    \r\n\
    v=0\r\n\
    o=- 3724394400 3724394405 IN IP4 198.51.100.10\r\n\
    s=-\r\n\
    c=IN IP4 198.51.100.10\r\n\
    t=0 0\r\n\
    m=audio 49170 RTP/AVP 8 0 101\r\n\
    a=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\n\
    a=fmtp:101 0-15\r\n";

/// A busy signal from the PSTN.
pub(crate) const BUSY: &[u8] = b"SIP/2.0 486 Busy Here\r\n\
    v: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bK74bf9;received=203.0.113.5;rport=5060\r\n\
    f: <sip:+442079460456@example.com>;tag=9fxced76sl\r\n\
    t: <sip:+442079460123@example.net>;tag=8321234356\r\n\
    i: 3848276298220188511@203.0.113.5\r\n\
    CSeq: 2 INVITE\r\n\
    Reason: Q.850;cause=17;text=\"User busy\", SIP;cause=486\r\n\
    l: 0\r\n\
    \r\n";

/// A BYE inside a dialog.
pub(crate) const BYE: &[u8] = b"BYE sip:alice@198.51.100.10:5060;transport=udp SIP/2.0\r\n\
    Via: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bKnashds10;rport\r\n\
    Route: <sip:edge.example.net;lr>\r\n\
    Max-Forwards: 70\r\n\
    From: <sip:+442079460123@gateway.example.com>;tag=a6c85cf\r\n\
    To: \"Alice\" <sip:+442079460456@example.com>;tag=1928301774\r\n\
    Call-ID: a84b4c76e66710-5f3a9b@198.51.100.10\r\n\
    CSeq: 231 BYE\r\n\
    Content-Length: 0\r\n\
    \r\n";
