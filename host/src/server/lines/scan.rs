//! Finds the id of a JSON-RPC message without parsing it, for messages that will not be parsed: too long,
//! or no valid JSON. Whoever sent one waits for an answer to that id.

use rmcp::model::RequestId;
use serde::de::DeserializeOwned;

/// The longest id that is looked at, in bytes as it is written.
const ID_BYTES: usize = 256;

/// Fed with a message piece by piece, remembers the top-level `id`.
#[derive(Debug, Default)]
pub(crate) struct IdScanner {
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// What is being read at the top level, as it is written: a string with its quotes, or what else `id` may be.
    word: Vec<u8>,
    /// The last complete string at the top level: a key, if a colon follows.
    last: Vec<u8>,
    /// Reading the value of `id`.
    at_id: bool,
    id: Option<RequestId>,
}

impl IdScanner {
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.step(*byte));
    }

    pub(crate) fn id(&self) -> Option<RequestId> {
        self.id.clone()
    }

    fn step(&mut self, byte: u8) {
        if self.in_string {
            return self.step_in_string(byte);
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.word.clear();
                self.keep(byte);
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.finish_number();
                self.depth = self.depth.saturating_sub(1);
            }
            b':' if self.depth == 1 => {
                self.at_id = value::<String>(&self.last).is_some_and(|key| key == "id");
                self.word.clear();
            }
            b',' if self.depth == 1 => self.finish_number(),
            digit if self.at_id && self.depth == 1 && !digit.is_ascii_whitespace() => self.keep(digit),
            _ => {}
        }
    }

    fn step_in_string(&mut self, byte: u8) {
        if self.depth == 1 {
            self.keep(byte);
        }
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                if self.depth == 1 && self.at_id {
                    self.id = value(&self.word);
                    self.at_id = false;
                } else if self.depth == 1 {
                    self.last.clone_from(&self.word);
                }
            }
            _ => {}
        }
    }

    fn finish_number(&mut self) {
        if self.at_id && self.depth == 1 {
            self.id = value(&self.word).or(self.id.take());
            self.at_id = false;
        }
    }

    /// One byte more than is looked at says that there was more.
    fn keep(&mut self, byte: u8) {
        if self.word.len() <= ID_BYTES {
            self.word.push(byte);
        }
    }
}

/// What a word is, if all of it was kept.
fn value<T: DeserializeOwned>(word: &[u8]) -> Option<T> {
    (word.len() <= ID_BYTES).then(|| serde_json::from_slice(word).ok()).flatten()
}
