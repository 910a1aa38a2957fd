//! Finds the id of a JSON-RPC message without parsing it, for messages that will not be parsed: too long,
//! or no valid JSON. Whoever sent one waits for an answer to that id.

use rmcp::model::RequestId;

/// The longest id that is looked at, in bytes.
const ID_BYTES: usize = 256;

/// Fed with a message piece by piece, remembers the top-level `id`.
#[derive(Debug, Default)]
pub(crate) struct IdScanner {
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// The string being read, if it is at the top level.
    text: Vec<u8>,
    /// The last complete string at the top level: a key, if a colon follows.
    last: Vec<u8>,
    /// Reading the value of `id`.
    at_id: bool,
    value: Vec<u8>,
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
                self.text.clear();
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.finish_number();
                self.depth = self.depth.saturating_sub(1);
            }
            b':' if self.depth == 1 => self.at_id = self.last == b"id",
            b',' if self.depth == 1 => self.finish_number(),
            digit if self.at_id && self.depth == 1 && !digit.is_ascii_whitespace() => keep(&mut self.value, digit),
            _ => {}
        }
    }

    fn step_in_string(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                if self.depth == 1 && self.at_id {
                    self.id = String::from_utf8(self.text.clone()).ok().map(|id| RequestId::String(id.into()));
                    self.at_id = false;
                } else if self.depth == 1 {
                    self.last.clone_from(&self.text);
                }
            }
            byte if self.depth == 1 => keep(&mut self.text, byte),
            _ => {}
        }
    }

    fn finish_number(&mut self) {
        if self.at_id && self.depth == 1 {
            let number = std::str::from_utf8(&self.value).ok().and_then(|text| text.parse().ok());
            self.id = number.map(RequestId::Number).or(self.id.take());
            self.at_id = false;
            self.value.clear();
        }
    }
}

fn keep(buffer: &mut Vec<u8>, byte: u8) {
    if buffer.len() < ID_BYTES {
        buffer.push(byte);
    }
}
