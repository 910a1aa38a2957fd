//! Doors for `tests/fuzz` to what reads a client's bytes. Nobody else goes through them.

pub use super::http::fuzz::{event_id, read_event_id};
pub use super::lines::fuzz::{Heard, Lines, Step, heard, peeked, scanned};
use super::state::StateKeys;
use crate::seal::Keyring;

/// Makes and opens what a client comes back with to a call that waits.
#[derive(Debug)]
pub struct RequestStates(StateKeys);

impl RequestStates {
    pub fn new(keyring: &Keyring) -> Self {
        Self(StateKeys::new(keyring))
    }

    pub fn seal(&self, wait: &str, tool: &str, arguments: &str) -> String {
        self.0.seal(wait, tool, arguments)
    }

    pub fn open(&self, sealed: &str, tool: &str, arguments: &str) -> Option<String> {
        self.0.open(sealed, tool, arguments)
    }
}
