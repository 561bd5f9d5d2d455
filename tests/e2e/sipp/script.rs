//! A party's part in a call, one step a line, made into a SIPp scenario.
//!
//! Sent: `INVITE` (`late`: without an offer; `again`: the same bytes once more), `reINVITE DIRECTION`, `ACK`
//! (`sdp`: with an answer), `BYE`, `CANCEL`, `OPTIONS`, or a status such as `183 sdp` in answer to the request
//! received last (`487 INVITE`: to the INVITE). Received: `<200`, `<BYE`, `<100?` where it may be missing, each
//! with `~REGEX` for what it must hold. `wait MILLISECONDS`.

use std::fmt::Write;

/// Which end of the call a party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It sends the INVITE.
    Caller,
    /// It receives it.
    Callee,
}

/// The scenario as SIPp reads it.
pub(super) fn scenario(role: Role, script: &str) -> String {
    let mut writer = Writer {
        role,
        out: String::new(),
        at: 0,
        invite: 0,
        cseq: 1,
        version: 1,
        status: 0,
        asked: "",
        checks: 0,
    };
    writer.out.push_str("<?xml version=\"1.0\" encoding=\"us-ascii\"?>\n<scenario name=\"e2e\">\n");
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        writer.step(line);
        writer.at += 1;
    }
    let checks: String = (1..=writer.checks).map(|check| format!(",check{check}")).collect();
    if role == Role::Callee || !checks.is_empty() {
        let own = if role == Role::Callee { ",from,to,cseq" } else { "" };
        let all = format!("{own}{checks}");
        let _infallible = writeln!(writer.out, "<Reference variables=\"{}\"/>", all.trim_start_matches(','));
    }
    writer.out.push_str("</scenario>\n");
    writer.out
}

struct Writer<'s> {
    role: Role,
    out: String,
    /// The step's place, which SIPp makes a branch of.
    at: usize,
    /// The place of the INVITE sent last.
    invite: usize,
    cseq: u32,
    /// The version of our session description.
    version: u32,
    /// The status received last.
    status: u16,
    /// The method received last.
    asked: &'s str,
    checks: usize,
}

/// The lines before a body, and its own.
const NO_BODY: &str = "Content-Length: 0\n\n";

impl<'s> Writer<'s> {
    fn step(&mut self, line: &'s str) {
        if let Some(rest) = line.strip_prefix('<') {
            return self.receive(rest);
        }
        let mut words = line.split(' ');
        let (first, more) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match first {
            "wait" => {
                let _infallible = writeln!(self.out, "<pause milliseconds=\"{more}\"/>");
            }
            "INVITE" => self.invite(more),
            "reINVITE" => {
                self.cseq += 1;
                self.version += 1;
                self.invite = self.at;
                let body = self.description(more);
                let head = self.head("INVITE", "[next_url]", "[branch]", self.cseq);
                self.send(&format!("{head}{}{body}", self.contact()), true);
            }
            "ACK" => self.acknowledge(more == "sdp"),
            "BYE" => {
                self.cseq += 1;
                let head = self.head("BYE", "[next_url]", "[branch]", self.cseq);
                self.send(&format!("{head}{NO_BODY}"), true);
            }
            "CANCEL" => {
                let branch = self.branch_of_invite();
                let head = self.head("CANCEL", "sip:[service]@[remote_ip]:[remote_port]", &branch, 1);
                self.send(&format!("{head}{NO_BODY}").replace("[peer_tag_param]", ""), true);
            }
            "gap" => {
                self.cseq += 3;
                self.out.push_str("<nop/>\n");
            }
            "OPTIONS" => {
                let head = self.head("OPTIONS", "sip:[remote_ip]:[remote_port]", "[branch]", self.cseq);
                self.send(&format!("{head}{}{NO_BODY}", self.contact()), true);
            }
            status => self.respond(status, more),
        }
    }

    fn invite(&mut self, how: &str) {
        if how != "again" {
            self.invite = self.at;
        }
        let branch = self.branch_of_invite();
        let head = self.head("INVITE", "sip:[service]@[remote_ip]:[remote_port]", &branch, 1);
        let body = if how == "late" { NO_BODY.to_owned() } else { self.description("sendrecv") };
        let text = format!("{head}{}{body}", self.contact()).replace("[peer_tag_param]", "");
        self.send(&text, how != "again");
    }

    fn branch_of_invite(&self) -> String {
        match self.at - self.invite {
            0 => "[branch]".to_owned(),
            back => format!("[branch-{back}]"),
        }
    }

    /// An ACK of a 2xx is a transaction of its own, of anything else it belongs to its INVITE (RFC 3261 §17.1.1.3).
    fn acknowledge(&mut self, answers: bool) {
        let good = self.status < 300;
        let branch = if good { "[branch]".to_owned() } else { self.branch_of_invite() };
        let uri = if good { "[next_url]" } else { "sip:[service]@[remote_ip]:[remote_port]" };
        let head = self.head("ACK", uri, &branch, self.cseq);
        let body = if answers { self.description("sendrecv") } else { NO_BODY.to_owned() };
        self.send(&format!("{head}{body}"), false);
    }

    /// The lines that begin every request of ours.
    fn head(&self, method: &str, uri: &str, branch: &str, cseq: u32) -> String {
        let (from, to) = match self.role {
            Role::Caller => (
                "<sip:[calling]@[local_ip]:[local_port]>;tag=[call_number]a[pid]",
                "<sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]",
            ),
            Role::Callee => ("[$to];tag=[call_number]b[pid]", "[$from]"),
        };
        format!(
            "{method} {uri} SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}\nFrom: {from}\n\
             To: {to}\nCall-ID: [call_id]\nCSeq: {cseq} {method}\nMax-Forwards: 70\n"
        )
    }

    fn contact(&self) -> &'static str {
        "Contact: <sip:party@[local_ip]:[local_port];transport=[transport]>\n"
    }

    fn description(&self, direction: &str) -> String {
        format!(
            "Content-Type: application/sdp\nContent-Length: [len]\n\nv=0\no=party 1 {} IN IP4 [local_ip]\ns=-\n\
             c=IN IP4 [local_ip]\nt=0 0\nm=audio [media_port] RTP/AVP 8 0 101\na=rtpmap:8 PCMA/8000\n\
             a=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na={direction}\n",
            self.version
        )
    }

    fn respond(&mut self, status: &str, more: &str) {
        let tag =
            if self.asked == "reINVITE" || self.asked == "BYE" { "" } else { ";tag=[call_number]b[pid]" };
        let cseq = if more == "INVITE" { "CSeq: [$cseq] INVITE" } else { "[last_CSeq:]" };
        let body = match more {
            "" | "INVITE" => NO_BODY.to_owned(),
            "sdp" => self.description("sendrecv"),
            direction => self.description(direction),
        };
        let text = format!(
            "SIP/2.0 {status} Because\n[last_Via:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n{cseq}\n{}{body}",
            self.contact()
        );
        let repeats = status.starts_with('2') && self.asked.ends_with("INVITE");
        self.send(&text, repeats);
    }

    fn send(&mut self, text: &str, repeats: bool) {
        let retrans = if repeats { " retrans=\"500\"" } else { "" };
        let _infallible = writeln!(self.out, "<send{retrans}><![CDATA[\n\n{text}\n]]></send>");
    }

    fn receive(&mut self, what: &'s str) {
        let mut parts = what.split('~');
        let head = parts.next().unwrap_or_default().trim();
        let (word, optional) = match head.strip_suffix('?') {
            Some(word) => (word, " optional=\"true\""),
            None => (head, ""),
        };
        let mut actions = String::new();
        for wanted in parts {
            self.checks += 1;
            let wanted = wanted.trim().replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
            let _infallible = write!(
                actions,
                "<ereg regexp=\"{wanted}\" search_in=\"msg\" check_it=\"true\" assign_to=\"check{}\"/>",
                self.checks
            );
        }
        let first = word == "INVITE" && self.asked.is_empty();
        if first {
            actions.push_str(
                "<ereg regexp=\"[^ ].*\" search_in=\"hdr\" header=\"From:\" assign_to=\"from\"/>\
                 <ereg regexp=\"[^ ].*\" search_in=\"hdr\" header=\"To:\" assign_to=\"to\"/>\
                 <ereg regexp=\"[0-9]+\" search_in=\"hdr\" header=\"CSeq:\" assign_to=\"cseq\"/>",
            );
        }
        let kind = if let Ok(status) = word.parse::<u16>() {
            self.status = if optional.is_empty() { status } else { self.status };
            format!("response=\"{word}\"")
        } else {
            self.asked = if word == "INVITE" && !first { "reINVITE" } else { word };
            format!("request=\"{word}\"")
        };
        let action = if actions.is_empty() { actions } else { format!("<action>{actions}</action>") };
        // What may set up a dialog names its route.
        let route = if word == "INVITE" || word.starts_with("18") || word.starts_with('2') {
            " rrs=\"true\""
        } else {
            ""
        };
        let _infallible = writeln!(self.out, "<recv {kind}{optional}{route}>{action}</recv>");
    }
}
