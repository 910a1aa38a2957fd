//! The lines a process writes, as they come.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// Messages of the protocol. A line that is none is remembered and fails whoever reads on.
pub(crate) struct Messages(Receiver<Result<Message, String>>);

/// One of them, and the line that it came as.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) value: Value,
    pub(crate) line: String,
}

/// Everything a process has said to people so far.
#[derive(Clone, Default)]
pub(crate) struct Words(Arc<Mutex<String>>);

impl Messages {
    pub(crate) fn read(from: impl Read + Send + 'static) -> Self {
        let (give, take) = channel();
        thread::spawn(move || {
            for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                let message = match serde_json::from_str(&line) {
                    Ok(value) => Ok(Message { value, line }),
                    Err(_) => Err(line),
                };
                // A test that has ended does not want to know.
                drop(give.send(message));
            }
        });
        Self(take)
    }

    /// The next message; none if the process has closed its end.
    pub(crate) fn next(&self, until: Instant) -> anyhow::Result<Option<Message>> {
        let left = until.saturating_duration_since(Instant::now());
        match self.0.recv_timeout(left) {
            Ok(Ok(message)) => {
                ensure!(
                    message.value["jsonrpc"] == "2.0",
                    "a line on standard output is no JSON-RPC: {}",
                    message.line
                );
                Ok(Some(message))
            }
            Ok(Err(line)) => bail!("a line on standard output is no JSON: {line:?}"),
            Err(RecvTimeoutError::Timeout) => Err(anyhow::anyhow!("it did not come in time")),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
        }
    }

    /// What is there already.
    pub(crate) fn ready(&self) -> anyhow::Result<Option<Message>> {
        match self.0.try_recv() {
            Ok(message) => message.map(Some).map_err(anyhow::Error::msg).context("a line is no JSON"),
            Err(_) => Ok(None),
        }
    }
}

impl Words {
    pub(crate) fn read(mut from: impl Read + Send + 'static) -> Self {
        let words = Self::default();
        let heard = words.clone();
        thread::spawn(move || {
            let mut piece = [0; 1 << 12];
            while let Ok(length) = from.read(&mut piece) {
                if length == 0 {
                    return;
                }
                let mut all = heard.0.lock().unwrap_or_else(PoisonError::into_inner);
                all.push_str(&String::from_utf8_lossy(&piece[..length]));
            }
        });
        words
    }

    pub(crate) fn so_far(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
