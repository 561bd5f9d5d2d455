//! A proxy with a wrong route: it sends a call back to where it came from, and passes on what is said to that.

use std::collections::VecDeque;
use std::net::SocketAddr;

use sip::message::Message;

/// What tells the proxy's transactions from the phone's own.
const BRANCH: &str = "z9hG4bK-loop";

/// Forwards an INVITE to its own sender: a Via more, a hop less.
pub(super) fn forward(invite: &[u8], address: SocketAddr, out: &mut VecDeque<Vec<u8>>) {
    let text = String::from_utf8_lossy(invite).into_owned();
    let mut forwarded = String::new();
    let mut named = false;
    for line in text.split_inclusive("\r\n") {
        if line.starts_with("Via:") && !named {
            named = true;
            forwarded += &format!("Via: SIP/2.0/UDP {address};branch={BRANCH}{}\r\n", text.len());
        }
        match line.strip_prefix("Max-Forwards: ").and_then(|hops| hops.trim().parse::<u8>().ok()) {
            Some(hops) => forwarded += &format!("Max-Forwards: {}\r\n", hops.saturating_sub(1)),
            None => forwarded += line,
        }
    }
    out.push_back(forwarded.into_bytes());
}

/// Passes on a response to what was forwarded, acknowledging a refusal; says whether it was one.
pub(super) fn answered(response: &Message<'_>, out: &mut VecDeque<Vec<u8>>) -> bool {
    let text = String::from_utf8_lossy(response.as_bytes()).into_owned();
    let Some(via) = text.lines().find(|line| line.starts_with("Via:")).filter(|via| via.contains(BRANCH))
    else {
        return false;
    };
    let status = response.status().unwrap_or_default();
    if status >= 300 {
        let copied =
            |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        let cseq = copied("CSeq:").replace("INVITE", "ACK");
        out.push_back(
            format!(
                "ACK sip:loop SIP/2.0\r\n{via}\r\nMax-Forwards: 70\r\n{}\r\n{}\r\n{}\r\n{cseq}\r\nContent-Length: 0\r\n\r\n",
                copied("From:"),
                copied("To:"),
                copied("Call-ID:")
            )
            .into_bytes(),
        );
    }
    if status > 100 {
        out.push_back(text.replacen(&format!("{via}\r\n"), "", 1).into_bytes());
    }
    true
}
