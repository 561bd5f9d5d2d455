//! The log: lines for people or objects for programs, on standard error, without control characters.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{LogConfig, LogFormat};

/// Overrides the config's `filter`.
pub const FILTER_VARIABLE: &str = "TANDEM_LOG";
/// Overrides the config's `format`.
pub const FORMAT_VARIABLE: &str = "TANDEM_LOG_FORMAT";

/// Starts logging; the environment goes before the config. A second start changes nothing.
pub fn start(config: &LogConfig) {
    let filter = std::env::var(FILTER_VARIABLE).ok().or_else(|| config.filter.clone());
    let filter =
        EnvFilter::try_new(filter.as_deref().unwrap_or("info")).unwrap_or_else(|_| EnvFilter::new("info"));
    let format = match std::env::var(FORMAT_VARIABLE).as_deref() {
        Ok("json") => LogFormat::Json,
        Ok("text") => LogFormat::Text,
        Ok(_) | Err(_) => config.format,
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Escaped(io::stderr));
    let started = match format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("the log was started already");
    }
}

/// Writes through `T`, with every control character but the line's own end made visible: what a peer sends
/// cannot begin a line or colour a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<T>(pub T);

impl<'a, T: MakeWriter<'a>> MakeWriter<'a> for Escaped<T> {
    type Writer = EscapedLine<T::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        EscapedLine(self.0.make_writer())
    }
}

/// One event on its way out.
#[derive(Debug)]
pub struct EscapedLine<W>(W);

impl<W: Write> Write for EscapedLine<W> {
    /// The subscriber gives each event as one buffer that ends with its line feed.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let (line, end) = match event.split_last() {
            Some((b'\n', line)) => (line, &b"\n"[..]),
            Some(_) | None => (event, &b""[..]),
        };
        if line.iter().any(u8::is_ascii_control) {
            let escaped = line.iter().flat_map(|&byte| {
                let plain = (!byte.is_ascii_control()).then_some(byte);
                let shown = byte.is_ascii_control().then(|| std::ascii::escape_default(byte));
                plain.into_iter().chain(shown.into_iter().flatten())
            });
            let escaped: Vec<u8> = escaped.collect();
            self.0.write_all(&escaped)?;
        } else {
            self.0.write_all(line)?;
        }
        self.0.write_all(end)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_sends_cannot_begin_a_line_or_colour_a_terminal() {
        let mut out = EscapedLine(Vec::new());
        out.write_all(b"user \x1b[31mred\x1b[0m\r\nINFO forged\x00 \xe2\x82\xac\n").unwrap();
        assert_eq!(out.0, b"user \\x1b[31mred\\x1b[0m\\r\\nINFO forged\\x00 \xe2\x82\xac\n");
    }
}
