//! The key with which a client of 2026-07-28 comes back to a waiting call.
//!
//! Sealed with the installation's newest key, so that nobody else can make one, and bound to the call it is for. Opened
//! with any of its keys.

use rmcp::model::{RequestStateCodec, SealOptions};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::seal::{Key, Keyring};

/// Makes and opens keys.
pub(crate) struct StateKeys {
    newest: RequestStateCodec,
    older: Vec<RequestStateCodec>,
}

impl std::fmt::Debug for StateKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StateKeys")
    }
}

impl StateKeys {
    pub(crate) fn new(keyring: &Keyring) -> Self {
        let older = keyring.keys().skip(1).map(codec).collect();
        Self { newest: codec(keyring.newest()), older }
    }

    pub(crate) fn seal(&self, wait: &str, tool: &str, arguments: &str) -> String {
        self.seal_bytes(wait.as_bytes(), tool, arguments)
    }

    /// The same for something else than a wait.
    pub(crate) fn seal_bytes(&self, payload: &[u8], tool: &str, arguments: &str) -> String {
        let bound = bind(tool, arguments);
        self.newest.seal_with(payload, &SealOptions::new().associated_data(&bound))
    }

    /// The wait a key is for, if the key is ours and for this very call.
    pub(crate) fn open(&self, sealed: &str, tool: &str, arguments: &str) -> Option<String> {
        String::from_utf8(self.open_bytes(sealed, tool, arguments)?).ok()
    }

    /// The same for something else than a wait.
    pub(crate) fn open_bytes(&self, sealed: &str, tool: &str, arguments: &str) -> Option<Vec<u8>> {
        let bound = bind(tool, arguments);
        let mut codecs = std::iter::once(&self.newest).chain(&self.older);
        codecs.find_map(|codec| codec.open_with(sealed, &bound).ok())
    }
}

fn codec(key: &Key) -> RequestStateCodec {
    let key = Zeroizing::new(blake3::derive_key("mainstay requestState v1", &**key));
    RequestStateCodec::try_new(*key).expect("a key of 32 bytes is long enough")
}

fn bind(tool: &str, arguments: &str) -> [u8; 32] {
    Sha256::new().chain_update(tool).chain_update([0]).chain_update(arguments).finalize().into()
}
