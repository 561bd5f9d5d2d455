//! As much HTTP as it takes to ask the gateway's admin listener something.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// The status and body of `GET path`, or what went wrong.
pub fn get(address: SocketAddr, path: &str) -> Result<(u16, String), std::io::Error> {
    request(address, "GET", path)
}

/// The status and body of `method path` without a body of its own.
pub fn request(address: SocketAddr, method: &str, path: &str) -> Result<(u16, String), std::io::Error> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_MAX)?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
    Ok((status, body))
}

/// The sum of a metric's samples in the text format, whose labels hold `having`; `None` if there is none.
pub fn metric(text: &str, name: &str, having: &str) -> Option<f64> {
    let samples = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let (labels, value) = match rest.strip_prefix('{') {
            Some(rest) => rest.split_once("} ")?,
            None => ("", rest.strip_prefix(' ')?),
        };
        labels.contains(having).then(|| value.split(' ').next()?.parse::<f64>().ok())?
    });
    samples.fold(None, |sum, value| Some(sum.unwrap_or_default() + value))
}

#[cfg(test)]
mod tests {
    use super::metric;

    #[test]
    fn samples_of_one_metric_are_summed() {
        let text = "# HELP x\nx{trunk=\"a\",state=\"idle\"} 3\nx{trunk=\"b\",state=\"idle\"} 4 # {id=\"1\"} 1\nxy 9\nz 1.5\n";
        assert_eq!(metric(text, "x", "idle"), Some(7.0));
        assert_eq!(metric(text, "x", "trunk=\"b\""), Some(4.0));
        assert_eq!(metric(text, "z", ""), Some(1.5));
        assert_eq!(metric(text, "none", ""), None);
    }
}
