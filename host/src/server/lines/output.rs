//! What is sent to a client, a message a line. Whoever finds nobody writing writes, and takes along what others have
//! queued.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use rmcp::model::ServerJsonRpcMessage;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

/// Where a client's answers go.
pub(crate) type Sink = Box<dyn AsyncWrite + Send + Unpin>;

/// Bytes of answers that may wait for a client that does not read; then calls wait too.
const UNSENT: usize = 8 << 20;

#[derive(Clone)]
pub(crate) struct Output(Arc<State>);

struct State {
    queued: Mutex<Vec<u8>>,
    writer: tokio::sync::Mutex<Writer>,
    /// How many bytes the client has not read, for whoever asks.
    unsent: Arc<AtomicUsize>,
}

/// Who writes may be dropped in the middle: the next one goes on there.
struct Writer {
    sink: Sink,
    batch: Vec<u8>,
    written: usize,
}

impl Output {
    pub(crate) fn new(sink: Sink) -> Self {
        let writer = Writer { sink, batch: Vec::new(), written: 0 };
        let (queued, writer) = (Mutex::default(), tokio::sync::Mutex::new(writer));
        Self(Arc::new(State { queued, writer, unsent: Arc::default() }))
    }

    /// How many bytes wait for the client to read.
    pub(crate) fn unsent(&self) -> &Arc<AtomicUsize> {
        &self.0.unsent
    }

    /// Sends a message. It may be written by somebody else after this returns; [`flush`](Self::flush) waits for that.
    pub(crate) async fn send(&self, message: &ServerJsonRpcMessage) -> io::Result<()> {
        self.queue(message)?;
        self.write().await
    }

    /// Puts a message where whoever writes next takes it along.
    pub(crate) fn queue(&self, message: &ServerJsonRpcMessage) -> io::Result<()> {
        let mut queued = self.0.queued.lock();
        // Writing to a Vec fails only for a message that is no JSON, which leaves no part of it.
        let before = queued.len();
        if let Err(error) = serde_json::to_writer(&mut *queued, message) {
            queued.truncate(before);
            return Err(error.into());
        }
        queued.push(b'\n');
        self.0.unsent.fetch_add(queued.len() - before, Ordering::Relaxed);
        Ok(())
    }

    /// The same with a line as it is to be, without its end.
    pub(crate) fn queue_line(&self, line: &[u8]) {
        self.queue_bytes(&[line, b"\n"].concat());
    }

    /// The same with what another has [left](Self::left).
    pub(crate) fn queue_bytes(&self, bytes: &[u8]) {
        self.0.queued.lock().extend_from_slice(bytes);
        self.0.unsent.fetch_add(bytes.len(), Ordering::Relaxed);
    }

    /// What is not written yet; it may begin in the middle of a line. Nobody writes any more.
    pub(crate) fn left(&self) -> Vec<u8> {
        let Ok(writer) = self.0.writer.try_lock() else { return Vec::new() };
        [&writer.batch[writer.written..], &self.0.queued.lock()[..]].concat()
    }

    /// Has what is queued written, unless somebody is at it.
    pub(crate) async fn write(&self) -> io::Result<()> {
        if self.0.queued.lock().len() > UNSENT {
            return self.flush().await;
        }
        loop {
            let Ok(mut writer) = self.0.writer.try_lock() else { return Ok(()) };
            self.drain(&mut writer).await?;
            drop(writer);
            // Somebody may have queued after the last look and before the lock was free: that one found it
            // taken and relies on us.
            if self.0.queued.lock().is_empty() {
                return Ok(());
            }
        }
    }

    /// Comes back when everything is written.
    pub(crate) async fn flush(&self) -> io::Result<()> {
        loop {
            let mut writer = self.0.writer.lock().await;
            self.drain(&mut writer).await?;
            drop(writer);
            if self.0.queued.lock().is_empty() {
                return Ok(());
            }
        }
    }

    async fn drain(&self, writer: &mut Writer) -> io::Result<()> {
        loop {
            while writer.written < writer.batch.len() {
                let written = writer.sink.write(&writer.batch[writer.written..]).await?;
                if written == 0 {
                    return Err(io::ErrorKind::WriteZero.into());
                }
                writer.written += written;
                self.0.unsent.fetch_sub(written, Ordering::Relaxed);
            }
            (writer.batch, writer.written) = (std::mem::take(&mut *self.0.queued.lock()), 0);
            if writer.batch.is_empty() {
                return writer.sink.flush().await;
            }
        }
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("unsent", &self.0.unsent).finish_non_exhaustive()
    }
}
