//! Sealing of what is kept at rest: nobody without the installation's key reads it, changes it or puts it elsewhere.
//!
//! A sealed value is, in this order: the magic `MSTYSL02`, whose last two digits are the format; the id of the key, 8
//! bytes; a random nonce of 24 bytes; what XChaCha20-Poly1305 makes of the plain bytes, which ends with a tag of 16
//! bytes. The cipher's key is derived (BLAKE3) from that of the installation and a purpose. Magic and id are
//! authenticated, and so is what is associated, such as the name of the place where the value is kept, which is not
//! contained. Format 1 has no id, and nothing of it is authenticated but the plain bytes and what is associated: it is
//! opened and not made any more.

mod keyring;

use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{KeyInit as _, Tag, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

pub use self::keyring::{Form, KEY_BYTES, Key, KeyId, Keyring, KeyringError};

const MAGIC: &[u8; 8] = b"MSTYSL02";
const MAGIC_1: &[u8; 8] = b"MSTYSL01";
/// What all formats begin with.
const FAMILY: &[u8; 6] = b"MSTYSL";
const ID_BYTES: usize = 8;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// How many bytes a sealed value has more than the plain one.
const OVERHEAD: usize = MAGIC.len() + ID_BYTES + NONCE_BYTES + TAG_BYTES;

/// Seals and opens for one purpose. What it knows of keys is overwritten when it is dropped.
#[derive(Clone)]
pub struct Sealer {
    /// For each key of the ring, newest first; never empty.
    keys: Box<[Derived]>,
}

/// What is derived from one key for one purpose.
#[derive(Clone)]
struct Derived {
    id: KeyId,
    cipher: XChaCha20Poly1305,
    format_1: XChaCha20Poly1305,
}

/// Why a value could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("this is not a sealed value")]
    NotSealed,
    #[error("this is sealed in another format: use the version of Mainstay that wrote it, or a newer one")]
    OtherFormat,
    #[error(
        "this was sealed with key {id}, which is not among those here ({}): put back the file with that key (the one that MAINSTAY_KEY_FILE names, else `key` in the data directory)",
        keyring::list(here)
    )]
    UnknownKey { id: KeyId, here: Vec<KeyId> },
    #[error("this was damaged, moved here from another place or sealed with another key")]
    Damaged,
    #[error("this is too large to be sealed")]
    TooLarge,
}

impl SealError {
    /// Whether the value is not what was sealed. Otherwise it may well be whole: a key or a version is missing.
    pub fn is_corruption(&self) -> bool {
        matches!(self, Self::NotSealed | Self::Damaged)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// For `purpose`, a fixed word: what is sealed for one opens for no other. Seals with the newest key of the ring and
    /// opens with whichever it was.
    pub fn new(keyring: &Keyring, purpose: &str) -> Self {
        let derived = |key: &Key| {
            let id = KeyId::of(key);
            Derived { id, cipher: cipher(key, purpose, 2), format_1: cipher(key, purpose, 1) }
        };
        Self { keys: keyring.keys().map(derived).collect() }
    }

    /// Values of format 1 are of another purpose: they are from a time when purposes were divided otherwise.
    #[must_use]
    pub fn with_format_1_for(mut self, keyring: &Keyring, purpose: &str) -> Self {
        for (derived, key) in self.keys.iter_mut().zip(keyring.keys()) {
            derived.format_1 = cipher(key, purpose, 1);
        }
        self
    }

    /// With a key that nobody else ever has, for what ends with this process.
    pub fn throwaway() -> Self {
        Self::new(&Keyring::random(), "throwaway")
    }

    /// Seals `plain`; the same bytes never look the same twice. It opens only with the same `associated` bytes.
    ///
    /// # Errors
    /// If there are more than 256 GiB of it.
    pub fn seal(&self, plain: &[u8], associated: &[u8]) -> Result<Vec<u8>, SealError> {
        let newest = self.keys.first().ok_or(SealError::TooLarge)?;
        // So many random bits that two nonces never meet, however much is sealed.
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let mut sealed = Vec::with_capacity(OVERHEAD + plain.len());
        for part in [MAGIC.as_slice(), &newest.id.0, &nonce, plain] {
            sealed.extend_from_slice(part);
        }
        let body = &mut sealed[OVERHEAD - TAG_BYTES..];
        let authenticated = authenticated(newest.id, associated);
        let tag = newest.cipher.encrypt_inout_detached(&XNonce::from(nonce), &authenticated, body.into());
        sealed.extend_from_slice(&tag.map_err(|_| SealError::TooLarge)?);
        Ok(sealed)
    }

    /// The plain bytes of what [`Self::seal`] made.
    ///
    /// # Errors
    /// If it is of no format that is known, of a key that is not there, or not exactly what was sealed, for this
    /// purpose and with these `associated` bytes.
    pub fn open(&self, sealed: &[u8], associated: &[u8]) -> Result<Vec<u8>, SealError> {
        if let Some(rest) = sealed.strip_prefix(MAGIC_1.as_slice()) {
            let opened = self.keys.iter().find_map(|key| decrypt(&key.format_1, rest, associated));
            return opened.ok_or(SealError::Damaged);
        }
        let Some(rest) = sealed.strip_prefix(MAGIC.as_slice()) else {
            return Err(if sealed.starts_with(FAMILY) { SealError::OtherFormat } else { SealError::NotSealed });
        };
        let (id, rest) = rest.split_first_chunk::<ID_BYTES>().ok_or(SealError::Damaged)?;
        let id = KeyId(*id);
        let Some(key) = self.keys.iter().find(|key| key.id == id) else {
            return Err(SealError::UnknownKey { id, here: self.keys.iter().map(|key| key.id).collect() });
        };
        decrypt(&key.cipher, rest, &authenticated(id, associated)).ok_or(SealError::Damaged)
    }

    /// The same value, sealed with the newest key. None if it is already.
    ///
    /// # Errors
    /// If it does not open.
    pub fn renew(&self, sealed: &[u8], associated: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        let plain = Zeroizing::new(self.open(sealed, associated)?);
        let newest = self.keys.first().map(|key| key.id.0);
        let rest = sealed.strip_prefix(MAGIC.as_slice());
        if rest.and_then(|rest| rest.first_chunk()).copied() == newest {
            return Ok(None);
        }
        self.seal(&plain, associated).map(Some)
    }
}

fn cipher(key: &Key, purpose: &str, format: u32) -> XChaCha20Poly1305 {
    let key = Zeroizing::new(blake3::derive_key(&format!("mainstay sealed {purpose} v{format}"), &**key));
    XChaCha20Poly1305::new((&*key).into())
}

/// What format 2 authenticates. Magic and id are of fixed lengths: no two sets of parts look the same.
fn authenticated(id: KeyId, associated: &[u8]) -> Vec<u8> {
    [MAGIC.as_slice(), &id.0, associated].concat()
}

/// Opens a nonce, the encrypted bytes and their tag.
fn decrypt(cipher: &XChaCha20Poly1305, sealed: &[u8], authenticated: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let (encrypted, tag) = rest.split_last_chunk::<TAG_BYTES>()?;
    let mut plain = encrypted.to_vec();
    let (nonce, tag) = (XNonce::from(*nonce), Tag::from(*tag));
    cipher.decrypt_inout_detached(&nonce, authenticated, plain.as_mut_slice().into(), &tag).ok()?;
    Some(plain)
}

#[cfg(test)]
mod tests;
