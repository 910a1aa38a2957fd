//! What comes on a connection: an answer, whole or as a stream of events.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::answer::Answer;

/// What came back, to its end.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

/// A connection on which an answer comes.
pub struct Incoming {
    pub status: u16,
    headers: Vec<(String, String)>,
    from: BufReader<TcpStream>,
    /// Of the chunk that is read, or of all of it.
    left: usize,
    chunked: bool,
}

/// One of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: Option<String>,
    /// Null if it has none.
    pub data: Value,
}

impl Incoming {
    /// The head of what comes on that connection.
    ///
    /// # Errors
    /// If there is none.
    pub fn read(stream: TcpStream) -> anyhow::Result<Self> {
        Self::next(BufReader::new(stream))
    }

    fn next(mut from: BufReader<TcpStream>) -> anyhow::Result<Self> {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let status = line.split(' ').nth(1).with_context(|| format!("no answer: {line:?}"))?.parse()?;
        let mut headers = Vec::new();
        loop {
            line.clear();
            ensure!(from.read_line(&mut line)? > 0, "the head of an answer ends in the middle");
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let left = length.map_or(Ok(0), |(_, length)| length.parse())?;
        Ok(Self { status, headers, from, left, chunked })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The next answer on the same connection.
    ///
    /// # Errors
    /// If there is none.
    pub fn then(mut self) -> anyhow::Result<Self> {
        self.rest()?;
        Self::next(self.from)
    }

    /// The whole body.
    ///
    /// # Errors
    /// If it breaks off.
    pub fn to_end(mut self) -> anyhow::Result<Reply> {
        let body = self.rest()?;
        Ok(Reply { status: self.status, headers: self.headers, body })
    }

    fn rest(&mut self) -> anyhow::Result<String> {
        let mut body = Vec::new();
        while let Some(byte) = self.byte()? {
            body.push(byte);
        }
        Ok(String::from_utf8(body)?)
    }

    /// The next line of the body; none at its end.
    fn line(&mut self) -> anyhow::Result<Option<String>> {
        let mut line = Vec::new();
        while let Some(byte) = self.byte()? {
            if byte == b'\n' {
                return Ok(Some(String::from_utf8(line)?.trim_end_matches('\r').to_owned()));
            }
            line.push(byte);
        }
        ensure!(line.is_empty(), "a line breaks off: {line:?}");
        Ok(None)
    }

    fn byte(&mut self) -> anyhow::Result<Option<u8>> {
        if self.left == 0 && self.chunked {
            let mut size = String::new();
            ensure!(self.from.read_line(&mut size)? > 0, "a body breaks off");
            if size.trim().is_empty() {
                size.clear();
                ensure!(self.from.read_line(&mut size)? > 0, "a body breaks off");
            }
            self.left = usize::from_str_radix(size.trim(), 16).with_context(|| format!("no size: {size:?}"))?;
            if self.left == 0 {
                self.chunked = false;
                self.from.read_line(&mut size)?;
            }
        }
        if self.left == 0 {
            return Ok(None);
        }
        let mut byte = [0];
        self.from.read_exact(&mut byte)?;
        self.left -= 1;
        Ok(Some(byte[0]))
    }

    /// The next event of a stream; none at its end.
    ///
    /// # Errors
    /// If the stream breaks off, or this is none.
    pub fn event(&mut self) -> anyhow::Result<Option<Event>> {
        let (mut id, mut data, mut any) = (None, String::new(), false);
        while let Some(line) = self.line()? {
            match line.split_once(':') {
                None if line.is_empty() && any => {
                    let data = if data.is_empty() { Value::Null } else { serde_json::from_str(&data)? };
                    return Ok(Some(Event { id, data }));
                }
                Some(("id", value)) => (id, any) = (Some(value.trim().to_owned()), true),
                Some(("data", value)) => {
                    data.push_str(value.trim_start());
                    any = true;
                }
                // Comments keep a connection alive.
                _ => {}
            }
        }
        Ok(None)
    }

    /// The next event that says something like that.
    ///
    /// # Errors
    /// If the stream ends before.
    pub fn hear(&mut self, wanted: impl Fn(&Value) -> bool) -> anyhow::Result<Event> {
        while let Some(event) = self.event()? {
            if wanted(&event.data) {
                return Ok(event);
            }
        }
        bail!("the stream ended before")
    }

    /// What is said on the stream until its end.
    ///
    /// # Errors
    /// If it breaks off.
    pub fn events(mut self) -> anyhow::Result<Vec<Event>> {
        let mut all = Vec::new();
        while let Some(event) = self.event()? {
            all.push(event);
        }
        Ok(all)
    }

    /// The answer, in whichever form it comes.
    ///
    /// # Errors
    /// If there is none.
    pub fn answer(mut self) -> anyhow::Result<Answer> {
        if self.header("content-type").is_some_and(|form| form.starts_with("text/event-stream")) {
            return Ok(Answer(self.hear(|said| said.get("method").is_none() && said.get("id").is_some())?.data));
        }
        let reply = self.to_end()?;
        Ok(Answer(reply.json()?))
    }
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// # Errors
    /// If the body is no JSON.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("{}: {:?}", self.status, self.body))
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
