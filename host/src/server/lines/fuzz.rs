//! Doors for `tests/fuzz` to what becomes of a client's lines, in words that need no rmcp.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use rmcp::model::RequestId;
use serde::Serialize;
use serde_json::Value;
use tokio::io::{AsyncRead, ReadBuf};

use super::reader::{Read, Reader};
use super::relay;
use super::scan::IdScanner;
use super::transport::{self, Next};

/// What became of a line.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// It is this message.
    Message(Value),
    /// It is none, and this is said to it.
    Answer(Value),
    Nothing,
}

/// A line as the host takes it that answers the client.
pub fn heard(line: &[u8]) -> Heard {
    match transport::parse(line) {
        Next::Message(message) => Heard::Message(json(&message)),
        Next::Answer(answer) => Heard::Answer(json(&*answer)),
        Next::Nothing | Next::End | Next::Stop => Heard::Nothing,
    }
}

/// The id and the method of a line as a process takes it that passes it on.
pub fn peeked(line: &[u8]) -> Option<(Option<Value>, Option<String>)> {
    let (id, method) = relay::peeked(line)?;
    Some((id.as_ref().map(json), method))
}

/// The id that is found without parsing, if the line comes in pieces of this size.
pub fn scanned(line: &[u8], piece: usize) -> Option<Value> {
    let mut scanner = IdScanner::default();
    line.chunks(piece.max(1)).for_each(|piece| scanner.feed(piece));
    scanner.id().as_ref().map(json)
}

/// Lines that come in pieces. A read is given up at the end of each piece, and begun again.
#[derive(Debug)]
pub struct Lines {
    reader: Reader,
    longest: usize,
}

/// One read.
#[derive(Debug, PartialEq)]
pub enum Step {
    Line(Vec<u8>),
    /// It was too long; its id, if it has one.
    Skipped(Option<Value>),
    End,
    /// Given up: there was no more yet.
    GivenUp,
}

impl Lines {
    /// `first` is what another reader had left.
    pub fn new(first: Vec<u8>, rest: Vec<u8>, piece: usize, longest: usize) -> Self {
        let pieces = Pieces { bytes: rest, at: 0, piece: piece.max(1), paused: false };
        Self { reader: Reader::after(first, Box::new(pieces)), longest }
    }

    pub fn step(&mut self) -> io::Result<Step> {
        let Some(read) = self.reader.next(self.longest).now_or_never() else { return Ok(Step::GivenUp) };
        Ok(match read? {
            Read::Line => {
                let line = self.reader.line().to_vec();
                self.reader.done();
                Step::Line(line)
            }
            Read::Skipped(id) => Step::Skipped(id.as_ref().map(json::<RequestId>)),
            Read::End => Step::End,
        })
    }

    /// How much there is of the line that is read.
    pub fn held(&self) -> usize {
        self.reader.held()
    }

    /// What whoever goes on reading would be given.
    pub fn left(&self) -> Vec<u8> {
        self.reader.left()
    }
}

/// Bytes that come in pieces, and nothing at once after each.
struct Pieces {
    bytes: Vec<u8>,
    at: usize,
    piece: usize,
    paused: bool,
}

impl AsyncRead for Pieces {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.paused = !self.paused;
        if self.paused {
            return Poll::Pending;
        }
        let end = self.bytes.len().min(self.at + self.piece.min(buffer.remaining()));
        buffer.put_slice(&self.bytes[self.at..end]);
        self.at = end;
        Poll::Ready(Ok(()))
    }
}

/// What cannot be written is not equal to anything that can.
fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| Value::String(format!("cannot be written: {error}")))
}
