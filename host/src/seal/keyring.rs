//! The keys of an installation, newest first, and how they are written into a file.

use std::fmt;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use zeroize::Zeroizing;

/// The length of a key.
pub const KEY_BYTES: usize = 32;
/// Keys in one ring. Each that is kept after a rotation is another with which old values are tried.
const KEYS: usize = 64;

/// A key of an installation. It is overwritten when it is dropped.
pub type Key = Zeroizing<[u8; KEY_BYTES]>;

/// Names a key without giving it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub(super) [u8; 8]);

/// One key or more, newest first. They are overwritten when it is dropped.
#[derive(Clone)]
pub struct Keyring {
    newest: Key,
    older: Vec<Key>,
}

/// How keys are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// 32 bytes each.
    Raw,
    /// A line of 64 hexadecimal digits each.
    Hex,
}

/// Why bytes are no keys. What they are is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    #[error("it is empty, expected are keys of 32 bytes each, or lines of 64 hexadecimal digits")]
    Empty,
    #[error("it has {0} bytes, expected are keys of 32 bytes each, or lines of 64 hexadecimal digits")]
    Length(usize),
    #[error("line {0} is not 64 hexadecimal digits")]
    Line(usize),
    #[error("it has {0} keys, allowed are {KEYS}")]
    TooMany(usize),
}

impl KeyId {
    pub fn of(key: &Key) -> Self {
        let derived = Zeroizing::new(blake3::derive_key("mainstay key id v1", &**key));
        let mut id = [0; 8];
        id.copy_from_slice(&derived[..8]);
        Self(id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// Ids, in words.
pub(super) fn list(ids: &[KeyId]) -> String {
    ids.iter().map(KeyId::to_string).collect::<Vec<_>>().join(", ")
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({})", list(&self.ids()))
    }
}

impl Keyring {
    /// With one key.
    pub fn of(key: [u8; KEY_BYTES]) -> Self {
        Self { newest: Zeroizing::new(key), older: Vec::new() }
    }

    /// With one key that there never was.
    pub fn random() -> Self {
        Self { newest: Self::random_key(), older: Vec::new() }
    }

    /// A key that there never was.
    pub fn random_key() -> Key {
        let mut key = Key::default();
        rand::fill(&mut key[..]);
        key
    }

    /// Reads what [`Self::write`] wrote, and says how it was written.
    ///
    /// # Errors
    /// If these are no keys.
    pub fn read(bytes: &[u8]) -> Result<(Self, Form), KeyringError> {
        // No random bytes look like this.
        let is_text = bytes.iter().all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace());
        let (mut keys, form) = if is_text { (lines(bytes)?, Form::Hex) } else { (raw(bytes)?, Form::Raw) };
        match keys.len() {
            0 => Err(KeyringError::Empty),
            1..=KEYS => {
                let newest = keys.remove(0);
                Ok((Self { newest, older: keys }, form))
            }
            many => Err(KeyringError::TooMany(many)),
        }
    }

    /// What to put into a file.
    pub fn write(&self, form: Form) -> Zeroizing<Vec<u8>> {
        // In one piece from the beginning: a vector that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity((1 + self.older.len()) * (2 * KEY_BYTES + 1)));
        for key in self.keys() {
            match form {
                Form::Raw => bytes.extend_from_slice(&**key),
                Form::Hex => {
                    bytes.extend_from_slice(Zeroizing::new(HEXLOWER.encode(&**key)).as_bytes());
                    bytes.push(b'\n');
                }
            }
        }
        bytes
    }

    /// All keys, newest first.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.newest).chain(&self.older)
    }

    /// What new values are sealed with.
    pub fn newest(&self) -> &Key {
        &self.newest
    }

    /// The names of all keys, newest first.
    pub fn ids(&self) -> Vec<KeyId> {
        self.keys().map(KeyId::of).collect()
    }

    /// With another key in front.
    ///
    /// # Errors
    /// If there are too many then.
    pub fn with(&self, key: Key) -> Result<Self, KeyringError> {
        let older: Vec<_> = self.keys().cloned().collect();
        match older.len() {
            many @ KEYS.. => Err(KeyringError::TooMany(many + 1)),
            _ => Ok(Self { newest: key, older }),
        }
    }

    /// Without all but the newest.
    #[must_use]
    pub fn without_older(&self) -> Self {
        Self { newest: self.newest.clone(), older: Vec::new() }
    }
}

fn raw(bytes: &[u8]) -> Result<Vec<Key>, KeyringError> {
    let (keys, rest) = bytes.as_chunks::<KEY_BYTES>();
    if !rest.is_empty() {
        return Err(KeyringError::Length(bytes.len()));
    }
    Ok(keys.iter().map(|key| Zeroizing::new(*key)).collect())
}

fn lines(text: &[u8]) -> Result<Vec<Key>, KeyringError> {
    let lines = (1..).zip(text.split(|byte| *byte == b'\n')).map(|(number, line)| (number, line.trim_ascii()));
    let key = |(number, line): (usize, &[u8])| {
        let decoded = Zeroizing::new(HEXLOWER_PERMISSIVE.decode(line).map_err(|_| KeyringError::Line(number))?);
        let key: &[u8; KEY_BYTES] = decoded.as_slice().try_into().map_err(|_| KeyringError::Line(number))?;
        Ok(Zeroizing::new(*key))
    };
    lines.filter(|(_, line)| !line.is_empty()).map(key).collect()
}
