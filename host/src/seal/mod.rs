//! Sealing of what is kept at rest: nobody without the installation's key reads it, changes it or puts it elsewhere.
//!
//! A sealed value is, in this order: the magic `MSTYSL01`, whose last two digits are the format; a random nonce of 24
//! bytes; what XChaCha20-Poly1305 makes of the plain bytes, which ends with a tag of 16 bytes. The key is derived
//! (BLAKE3) from that of the installation and a purpose. What is associated, such as the name of the place where
//! the value is kept, is authenticated but not contained.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};

const MAGIC: &[u8; 8] = b"MSTYSL01";
/// What all formats begin with.
const FAMILY: &[u8; 6] = b"MSTYSL";
const NONCE_BYTES: usize = 24;

/// Seals and opens for one purpose.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
}

/// Why a value could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("this is not a sealed value")]
    NotSealed,
    #[error("this is sealed in another format: use the version of Mainstay that wrote it, or a newer one")]
    OtherFormat,
    #[error("this was damaged, moved here from another place or sealed with another key")]
    Damaged,
    #[error("this is too large to be sealed")]
    TooLarge,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// For `purpose`, a fixed word: what is sealed for one opens for no other. `key` is that of the installation.
    pub fn new(key: &[u8; 32], purpose: &str) -> Self {
        let key = blake3::derive_key(&format!("mainstay sealed {purpose} v1"), key);
        Self { cipher: XChaCha20Poly1305::new(&key.into()) }
    }

    /// Seals `plain`; the same bytes never look the same twice. It opens only with the same `associated` bytes.
    ///
    /// # Errors
    /// If there are more than 256 GiB of it.
    pub fn seal(&self, plain: &[u8], associated: &[u8]) -> Result<Vec<u8>, SealError> {
        // So many random bits that two nonces never meet, however much is sealed.
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload { msg: plain, aad: associated };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::TooLarge)?;
        Ok([MAGIC.as_slice(), &nonce, &sealed].concat())
    }

    /// The plain bytes of what [`Self::seal`] made.
    ///
    /// # Errors
    /// If it is not of this format, or not exactly what was sealed, with this key, purpose and `associated`.
    pub fn open(&self, sealed: &[u8], associated: &[u8]) -> Result<Vec<u8>, SealError> {
        let Some(rest) = sealed.strip_prefix(MAGIC.as_slice()) else {
            return Err(if sealed.starts_with(FAMILY) { SealError::OtherFormat } else { SealError::NotSealed });
        };
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Damaged)?;
        let payload = Payload { msg: sealed, aad: associated };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| SealError::Damaged)
    }
}

#[cfg(test)]
mod tests;
