//! As much of SIP as a load generator needs: the few lines of a message it looks at, found by byte.

/// The lines of a message's head, without their ends.
pub(crate) fn head(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = message.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.take_while(|line| !line.is_empty())
}

/// The value of a header line if it is `name`, or its one-letter form `short`.
pub(crate) fn value<'a>(line: &'a [u8], name: &str, short: u8) -> Option<&'a [u8]> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (found, rest) = line.split_at(colon);
    let found = found.trim_ascii_end();
    let same = found.eq_ignore_ascii_case(name.as_bytes())
        || matches!(found, [letter] if letter.eq_ignore_ascii_case(&short));
    same.then(|| rest.get(1..).unwrap_or_default().trim_ascii())
}

/// The first value of a header.
pub(crate) fn find<'a>(message: &'a [u8], name: &str, short: u8) -> Option<&'a [u8]> {
    head(message).skip(1).find_map(|line| value(line, name, short))
}

/// The status of a response.
pub(crate) fn status(message: &[u8]) -> Option<u16> {
    let digits = message.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The method that a response's CSeq names.
pub(crate) fn method(message: &[u8]) -> Option<&[u8]> {
    find(message, "CSeq", b' ')?.rsplit(|&byte| byte == b' ').next()
}

/// The port of the audio stream in a message's description.
pub(crate) fn audio_port(message: &[u8]) -> Option<u16> {
    let at = message.windows(8).position(|window| window == b"m=audio ")?;
    let rest = message.get(at + 8..)?;
    let digits = rest.split(|byte| !byte.is_ascii_digit()).next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A description of one audio stream of G.711.
pub(crate) fn description(address: std::net::IpAddr, port: u16, payload: Payload) -> String {
    let formats = match payload {
        Payload::Alaw => "8 101\r\na=rtpmap:8 PCMA/8000",
        Payload::Ulaw => "0 101\r\na=rtpmap:0 PCMU/8000",
    };
    format!(
        "v=0\r\no=bench 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n\
         a=ptime:20\r\na=sendrecv\r\n"
    )
}

/// Which of the two laws of G.711 a side speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    /// A-law, payload type 8.
    Alaw,
    /// µ-law, payload type 0.
    Ulaw,
}

impl Payload {
    /// The static payload type (RFC 3551 §6).
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Alaw => 8,
            Self::Ulaw => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &[u8] = b"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a;branch=z\r\nCall-ID : 7\r\ncseq:1 INVITE\r\n\r\nm=audio 4002 RTP/AVP 8\r\n";

    #[test]
    fn what_a_generator_looks_at_is_found() {
        assert_eq!(status(OK), Some(200));
        assert_eq!(method(OK), Some(&b"INVITE"[..]));
        assert_eq!(find(OK, "Call-ID", b'i'), Some(&b"7"[..]));
        assert_eq!(find(OK, "Via", b'v'), Some(&b"SIP/2.0/UDP a;branch=z"[..]));
        assert_eq!(find(OK, "To", b't'), None);
        assert_eq!(audio_port(OK), Some(4002));
    }
}
