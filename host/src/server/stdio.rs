//! The stdio transport: a message a line, nothing else on standard output.
//!
//! rmcp has one; this one answers where that one is silent (a line that is too long, or no JSON), drops
//! notifications that come before any request instead of ending, ends at the end of standard input
//! within milliseconds, and puts answers that are ready together into one write.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::model::{CallToolRequest, ClientJsonRpcMessage, ErrorCode, JsonRpcRequest, ServerJsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, ServiceExt as _, TxJsonRpcMessage};
use rmcp::transport::{StdioReader, StdioWriter, Transport, stdio_pipes};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio_util::sync::CancellationToken;

use super::guard::Guarded;
use super::handler::Handler;
use super::scan::IdScanner;

/// Bytes of answers that may wait for a client that does not read; then calls wait too.
const UNSENT: usize = 8 << 20;

/// Serves one client on standard input and output until it closes its end. `leaving` is cancelled then, so
/// that what only waits ends; what runs is finished and answered.
///
/// # Errors
/// If the service ends in another way.
pub async fn serve_stdio(handler: Handler, message_bytes: usize, leaving: CancellationToken) -> anyhow::Result<()> {
    let (reader, writer) = stdio_pipes();
    let unsent = handler.session().unsent();
    let transport = Stdio {
        reader: BufReader::with_capacity(64 << 10, reader),
        line: Line::default(),
        message_bytes,
        begun: false,
        output: Output::new(writer, unsent),
        leaving,
    };
    let service = match Guarded(handler).serve(transport).await {
        Ok(service) => service,
        // A client that left before it said anything.
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    service.waiting().await?;
    Ok(())
}

struct Stdio {
    reader: BufReader<StdioReader>,
    line: Line,
    message_bytes: usize,
    /// A request has been seen.
    begun: bool,
    output: Output,
    leaving: CancellationToken,
}

/// The line being read. Survives a read that is cancelled halfway.
#[derive(Default)]
struct Line {
    bytes: Vec<u8>,
    /// The line is too long: only its id is looked for.
    skipping: Option<IdScanner>,
}

enum Read {
    Line,
    /// Too long; the id it had, if any.
    Skipped(Option<rmcp::model::RequestId>),
    End,
}

impl Stdio {
    /// Reads a line into `self.line`, which holds no more than `message_bytes`.
    async fn read_line(&mut self) -> io::Result<Read> {
        loop {
            let available = self.reader.fill_buf().await?;
            if available.is_empty() {
                return Ok(Read::End);
            }
            let newline = available.iter().position(|byte| *byte == b'\n');
            let taken = newline.map_or(available.len(), |index| index + 1);
            let fits = self.line.bytes.len() + taken <= self.message_bytes;
            match &mut self.line.skipping {
                Some(scanner) => scanner.feed(&available[..taken]),
                None if fits => self.line.bytes.extend_from_slice(&available[..taken]),
                None => {
                    let mut scanner = IdScanner::default();
                    scanner.feed(&self.line.bytes);
                    scanner.feed(&available[..taken]);
                    self.line.bytes = Vec::new();
                    self.line.skipping = Some(scanner);
                }
            }
            self.reader.consume(taken);
            if newline.is_some() {
                return Ok(match self.line.skipping.take() {
                    Some(scanner) => Read::Skipped(scanner.id()),
                    None => Read::Line,
                });
            }
        }
    }

    /// What to do with the line: a message, or an answer to what is none.
    fn parse(&mut self) -> Result<Option<ClientJsonRpcMessage>, Box<ServerJsonRpcMessage>> {
        let line = self.line.bytes.trim_ascii();
        if line.is_empty() {
            return Ok(None);
        }
        match parse_message(line) {
            Ok(message) => Ok(Some(message)),
            Err(error) => {
                let mut scanner = IdScanner::default();
                scanner.feed(line);
                let well_formed = serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
                // Neither an answer of the client's nor a notification wants an answer.
                let Some(id) = scanner.id() else {
                    tracing::warn!(%error, "ignored a line that is no message");
                    return Ok(None);
                };
                let (code, what) = if well_formed {
                    (ErrorCode::INVALID_REQUEST, format!("this is no request of the protocol: {error}"))
                } else {
                    (ErrorCode::PARSE_ERROR, format!("this is no valid JSON: {error}"))
                };
                Err(Box::new(ServerJsonRpcMessage::error(ErrorData::new(code, what, None), Some(id))))
            }
        }
    }

    async fn refuse_long(&self, id: Option<rmcp::model::RequestId>) {
        let limit = self.message_bytes;
        tracing::warn!(limit, "skipped a message that is too long");
        let Some(id) = id else { return };
        let text = format!("the message is longer than {limit} bytes: send less, or raise server.message_bytes");
        let error = ErrorData::new(ErrorCode::INVALID_REQUEST, text, None);
        drop(self.output.send(&ServerJsonRpcMessage::error(error, Some(id))).await);
    }
}

/// Parses a message. Nearly all are tool calls: to try that shape first costs the others little, and spares
/// calls rmcp's search through two dozen of them.
fn parse_message(line: &[u8]) -> serde_json::Result<ClientJsonRpcMessage> {
    if let Ok(call) = serde_json::from_slice::<JsonRpcRequest<CallToolRequest>>(line) {
        return Ok(ClientJsonRpcMessage::request(call.request.into(), call.id));
    }
    serde_json::from_slice(line)
}

impl Transport<RoleServer> for Stdio {
    type Error = io::Error;

    fn send(&mut self, item: TxJsonRpcMessage<RoleServer>) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let output = self.output.clone();
        async move { output.send(&item).await }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            match self.read_line().await {
                Ok(Read::Line) => {}
                Ok(Read::Skipped(id)) => {
                    self.refuse_long(id).await;
                    continue;
                }
                Ok(Read::End) => {
                    self.leaving.cancel();
                    return None;
                }
                Err(error) => {
                    tracing::error!(%error, "standard input failed");
                    self.leaving.cancel();
                    return None;
                }
            }
            let parsed = self.parse();
            self.line.bytes.clear();
            match parsed {
                Ok(Some(message)) => {
                    self.begun |= matches!(message, ClientJsonRpcMessage::Request(_));
                    if self.begun {
                        return Some(message);
                    }
                    tracing::debug!("ignored a notification that came before any request");
                }
                Ok(None) => {}
                Err(answer) => drop(self.output.send(&answer).await),
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output.flush().await
    }
}

/// Standard output. Whoever finds nobody writing writes, and takes along what others have queued.
#[derive(Clone)]
struct Output(Arc<OutputState>);

struct OutputState {
    queued: Mutex<Vec<u8>>,
    writer: tokio::sync::Mutex<StdioWriter>,
    /// How many bytes the client has not read, for whoever asks.
    unsent: Arc<AtomicUsize>,
}

impl Output {
    fn new(writer: StdioWriter, unsent: Arc<AtomicUsize>) -> Self {
        Self(Arc::new(OutputState { queued: Mutex::default(), writer: tokio::sync::Mutex::new(writer), unsent }))
    }

    async fn send(&self, message: &ServerJsonRpcMessage) -> io::Result<()> {
        let waiting = {
            let mut queued = self.0.queued.lock();
            // Writing to a Vec fails only for a message that is no JSON, which leaves no part of it.
            let before = queued.len();
            if let Err(error) = serde_json::to_writer(&mut *queued, message) {
                queued.truncate(before);
                return Err(error.into());
            }
            queued.push(b'\n');
            self.0.unsent.fetch_add(queued.len() - before, Ordering::Relaxed);
            queued.len()
        };
        if waiting > UNSENT {
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

    async fn flush(&self) -> io::Result<()> {
        let mut writer = self.0.writer.lock().await;
        self.drain(&mut writer).await
    }

    async fn drain(&self, writer: &mut StdioWriter) -> io::Result<()> {
        loop {
            let batch = std::mem::take(&mut *self.0.queued.lock());
            if batch.is_empty() {
                return writer.flush().await;
            }
            writer.write_all(&batch).await?;
            self.0.unsent.fetch_sub(batch.len(), Ordering::Relaxed);
        }
    }
}
