//! The control socket: a Unix socket of the gateway's own user, a JSON object a line each way.

pub mod client;

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::stat::{Mode, umask};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Semaphore;
use tokio::sync::broadcast::error::RecvError;

use super::admin::Office;
use crate::control::{Answer, RefusedBecause, Request};

/// The most connections at once; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 16;
/// The longest request.
const REQUEST_BYTES_MAX: u64 = 64 * 1024;
/// How long a connection may be silent between requests.
const SILENCE_MAX: Duration = Duration::from_secs(300);
/// How long one answer may take to be read.
const READ_MAX: Duration = Duration::from_secs(30);
/// How long to wait when no connection can be accepted.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// The bound socket; its file goes with it.
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Binds the socket for its own user alone. A file left behind by a gateway that is gone is replaced; one of
    /// a gateway that lives is not.
    ///
    /// # Errors
    /// When another gateway has it, or the place cannot be used.
    pub fn bind(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        if UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "another gateway answers there"));
        }
        match std::fs::remove_file(path) {
            Ok(()) => {}
            Err(why) if why.kind() == io::ErrorKind::NotFound => {}
            Err(why) => return Err(why),
        }
        let before = umask(Mode::from_bits_truncate(0o177));
        let bound = UnixListener::bind(path);
        umask(before);
        let listener = bound?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, path: path.to_owned() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Serves until the runtime ends.
    pub(super) async fn serve(self, office: Office) -> io::Result<()> {
        let listener = tokio::net::UnixListener::from_std(self.listener.try_clone()?)?;
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let Ok(place) = Arc::clone(&room).acquire_owned().await else { return Ok(()) };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let office = office.clone();
                    tokio::spawn(async move {
                        let (read, write) = stream.into_split();
                        if let Err(why) = converse(read, write, office).await {
                            tracing::debug!(%why, "a control connection ended early");
                        }
                        drop(place);
                    });
                }
                Err(why) => {
                    tracing::warn!(%why, "a control connection was not accepted");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Err(why) = std::fs::remove_file(&self.path) {
            tracing::debug!(%why, "the control socket's file was gone already");
        }
    }
}

/// Answers request after request.
async fn converse(read: OwnedReadHalf, mut write: OwnedWriteHalf, office: Office) -> io::Result<()> {
    let mut read = BufReader::new(read);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = (&mut read).take(REQUEST_BYTES_MAX);
        let reading = limited.read_until(b'\n', &mut line);
        match tokio::time::timeout(SILENCE_MAX, reading).await {
            Ok(Ok(0)) | Err(_) => return Ok(()),
            Ok(Ok(_)) => {}
            Ok(Err(why)) => return Err(why),
        }
        if line.last() != Some(&b'\n') {
            let long = Answer::refused(RefusedBecause::Invalid, "the request is too long or was cut off");
            return send(&mut write, &long).await;
        }
        match serde_json::from_slice::<Request>(&line) {
            Ok(Request::RecordsTail { last, follow }) => {
                return tail(&mut read, &mut write, &office, last, follow).await;
            }
            Ok(request) => send(&mut write, &office.answer(request).await).await?,
            Err(_) => {
                let what = "this is no request this version knows";
                send(&mut write, &Answer::refused(RefusedBecause::Invalid, what)).await?;
            }
        }
    }
}

/// The last records and, if wanted, each one that follows until the client goes.
async fn tail(
    read: &mut BufReader<OwnedReadHalf>,
    write: &mut OwnedWriteHalf,
    office: &Office,
    last: usize,
    follow: bool,
) -> io::Result<()> {
    let Some(mut shown) = office.records.show(last).await else {
        let busy = Answer::refused(RefusedBecause::Unavailable, "records are being written, ask again");
        return send(write, &busy).await;
    };
    for record in &shown.last {
        send(write, &Answer::Record { record: Box::new((**record).clone()) }).await?;
    }
    if !follow {
        return Ok(());
    }
    let mut gone = [0];
    loop {
        let next = tokio::select! {
            next = shown.next.recv() => next,
            _ = read.read(&mut gone) => return Ok(()),
        };
        match next {
            Ok(record) => send(write, &Answer::Record { record: Box::new((*record).clone()) }).await?,
            Err(RecvError::Lagged(missed)) => {
                let what = format!("{missed} records were missed: they came faster than they were read");
                send(write, &Answer::refused(RefusedBecause::Unavailable, what)).await?;
            }
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}

async fn send(write: &mut OwnedWriteHalf, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    match tokio::time::timeout(READ_MAX, write.write_all(&line)).await {
        Ok(written) => written,
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read")),
    }
}
