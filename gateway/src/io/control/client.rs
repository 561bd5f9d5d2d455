//! The command line's end of the control socket.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::control::{Answer, Request};

/// How long the gateway may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// How long to wait before the same is asked again.
const AGAIN: Duration = Duration::from_millis(200);

/// A connection to a running gateway.
pub struct Client {
    write: UnixStream,
    read: BufReader<UnixStream>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When no gateway answers there.
    pub fn connect(socket: &Path) -> io::Result<Self> {
        let write = UnixStream::connect(socket)?;
        write.set_read_timeout(Some(ANSWER_MAX))?;
        write.set_write_timeout(Some(ANSWER_MAX))?;
        let read = BufReader::new(write.try_clone()?);
        Ok(Self { write, read })
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// When the gateway goes away or says something unknown.
    pub fn ask(&mut self, request: &Request) -> io::Result<Answer> {
        self.send(request)?;
        self.hear()?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Asks after a while, as who asks the same again and again should.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub fn ask_later(&mut self, request: &Request) -> io::Result<Answer> {
        std::thread::sleep(AGAIN);
        self.ask(request)
    }

    /// The time, for who measures how long something took.
    pub fn now(&self) -> Instant {
        Instant::now()
    }

    /// Asks for a stream of answers, to be read with [`Client::hear`] however long each takes.
    ///
    /// # Errors
    /// When the gateway goes away.
    pub fn follow(&mut self, request: &Request) -> io::Result<()> {
        self.write.set_read_timeout(None)?;
        self.send(request)
    }

    fn send(&mut self, request: &Request) -> io::Result<()> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        self.write.write_all(&line)
    }

    /// The next answer; `None` when there are no more.
    ///
    /// # Errors
    /// When the gateway goes away or says something unknown.
    pub fn hear(&mut self) -> io::Result<Option<Answer>> {
        let mut line = String::new();
        if self.read.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_str(&line)?))
    }
}
