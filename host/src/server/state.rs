//! The key with which a client of 2026-07-28 comes back to a waiting call.
//!
//! Sealed with the installation's key, so that nobody else can make one, and bound to the call it is for.

use rmcp::model::{RequestStateCodec, SealOptions};
use sha2::{Digest as _, Sha256};

/// Makes and opens keys.
pub(crate) struct StateKeys(RequestStateCodec);

impl std::fmt::Debug for StateKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StateKeys")
    }
}

impl StateKeys {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        let key = blake3::derive_key("mainstay requestState v1", &key);
        Self(RequestStateCodec::try_new(key).expect("a key of 32 bytes is long enough"))
    }

    pub(crate) fn seal(&self, wait: &str, tool: &str, arguments: &str) -> String {
        let bound = bind(tool, arguments);
        self.0.seal_with(wait.as_bytes(), &SealOptions::new().associated_data(&bound))
    }

    /// The wait a key is for, if the key is ours and for this very call.
    pub(crate) fn open(&self, sealed: &str, tool: &str, arguments: &str) -> Option<String> {
        let bound = bind(tool, arguments);
        let payload = self.0.open_with(sealed, &bound).ok()?;
        String::from_utf8(payload).ok()
    }
}

fn bind(tool: &str, arguments: &str) -> [u8; 32] {
    Sha256::new().chain_update(tool).chain_update([0]).chain_update(arguments).finalize().into()
}
