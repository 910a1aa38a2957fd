//! Bytes: one connection, requests on it, and the messages in an answer.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use http::header::{CONTENT_TYPE, HeaderMap};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What is not answered by then is lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// An answer is far shorter.
const BUFFER: usize = 16 << 10;

/// A connection that is kept for one request after the other.
pub(super) struct Connection {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A message, as far as it is looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) id: Option<u64>,
    pub(super) result: Option<Value>,
    pub(super) error: Option<Value>,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self { address, sender: connect(address).await? })
    }

    /// Sends a request and reads all of the answer. A connection that the server has closed meanwhile, because nothing
    /// was asked over it for long, is opened anew, as every client does.
    pub(super) async fn ask(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Reply> {
        let asked = async {
            let response = self.begin(request).await?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.context("an answer broke off")?.to_bytes();
            anyhow::Ok(Reply { status: head.status, headers: head.headers, body })
        };
        timeout(PATIENCE, asked).await.context("a request was not answered")?
    }

    /// The same, as far as the head of the answer.
    pub(super) async fn begin(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Response<Incoming>> {
        if self.sender.is_closed() || self.sender.ready().await.is_err() {
            self.sender = connect(self.address).await?;
        }
        self.sender.send_request(request).await.context("a request was not answered")
    }
}

async fn connect(address: SocketAddr) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await.context("could not connect")?;
    stream.set_nodelay(true)?;
    let mut builder = http1::Builder::new();
    builder.max_buf_size(BUFFER);
    let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
    // How it ends is said to whoever asks over it.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

impl Reply {
    /// All messages in it, whether it is one of JSON or a stream of events.
    pub(super) fn messages(&self) -> anyhow::Result<Vec<Message>> {
        let text = std::str::from_utf8(&self.body).context("an answer is no text")?;
        let kind = self.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        ensure!(self.status.is_success(), "{}: {text}", self.status);
        let parse = |json: &str| serde_json::from_str(json).with_context(|| format!("no message: {json}"));
        if !kind.starts_with("text/event-stream") {
            return Ok(vec![parse(text)?]);
        }
        let data = text.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
        data.filter(|data| !data.is_empty()).map(parse).collect()
    }

    /// The one result in it, which is of the request of that id.
    pub(super) fn result(&self, id: u64) -> anyhow::Result<Value> {
        let answers =
            self.messages()?.into_iter().filter(|message| message.result.is_some() || message.error.is_some());
        let [answer] = <[Message; 1]>::try_from(answers.collect::<Vec<_>>())
            .map_err(|answers| anyhow::anyhow!("{} answers to one request", answers.len()))?;
        ensure!(answer.id == Some(id), "an answer to request {:?} instead of {id}", answer.id);
        ensure!(answer.error.is_none(), "{}", answer.error.unwrap_or_default());
        answer.result.context("an answer without a result")
    }
}
