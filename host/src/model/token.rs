//! What a token looks like that this host made: `mst_`, an id, `_`, a secret and a checksum.
//!
//! In the letters of base 32, in lower case: one double click marks all of it, and nothing in it has to be escaped. The
//! checksum is the first 30 bits of the SHA-256 of all that is before it. With the prefix it lets a scanner for secrets
//! tell a token from what only looks like one, and tells a person that one was copied wrongly, without asking the host.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// Every token begins with this.
pub const TOKEN_PREFIX: &str = "mst_";

/// Bytes of an id. It only has to be another for each token, and is no secret.
const ID_BYTES: usize = 5;
/// Bytes of a secret: nobody guesses 256 bits.
const SECRET_BYTES: usize = 32;
/// The same as they are written.
const ID: usize = 8;
const SECRET: usize = 52;
const CHECKSUM: usize = 6;

/// A token as a whole, which lets in whoever has it. Not for keeping: [`AccessToken::hash`] is.
#[derive(Clone)]
pub struct AccessToken {
    id: String,
    text: Zeroizing<String>,
}

/// What is kept of a token. Comparing two takes the same time wherever they differ.
///
/// A plain hash, and no slow one as for passwords: those are slow because people choose words that can be guessed. Here
/// there is nothing to guess, and whoever reads the hash has 256 random bits to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(blake3::Hash);

/// A text that is no token of this form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenShape {
    #[error("it does not begin with {TOKEN_PREFIX}")]
    Prefix,
    #[error("it is too long, too short, or has letters that no token has")]
    Letters,
    #[error("its last letters do not fit the others: it was not copied as it is")]
    Checksum,
}

impl AccessToken {
    /// One of that id and secret, which are random.
    pub fn new(id: [u8; ID_BYTES], secret: &[u8; SECRET_BYTES]) -> Self {
        let id = letters(&id);
        let mut text = Zeroizing::new(format!("{TOKEN_PREFIX}{id}_"));
        text.push_str(&Zeroizing::new(letters(secret)));
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Self { id, text }
    }

    /// # Errors
    /// If it is none. Whether anybody made it is not known from this.
    pub fn parse(text: &str) -> Result<Self, TokenShape> {
        let rest = text.strip_prefix(TOKEN_PREFIX).ok_or(TokenShape::Prefix)?;
        let (id, rest) = rest.split_once('_').ok_or(TokenShape::Letters)?;
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte);
        if id.len() != ID || rest.len() != SECRET + CHECKSUM || !id.bytes().chain(rest.bytes()).all(is_letter) {
            return Err(TokenShape::Letters);
        }
        let (before, last) = text.split_at(text.len() - CHECKSUM);
        if checksum(before) != last {
            return Err(TokenShape::Checksum);
        }
        Ok(Self { id: id.to_owned(), text: Zeroizing::new(text.to_owned()) })
    }

    /// What it is called by: no secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// All of it, to be shown to whoever asked for it, once.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash(blake3::hash(self.text.as_bytes()))
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("id", &self.id).finish_non_exhaustive()
    }
}

impl TokenHash {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(blake3::Hash::from_bytes(bytes))
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

fn letters(bytes: &[u8]) -> String {
    let mut letters = BASE32_NOPAD.encode(bytes);
    letters.make_ascii_lowercase();
    letters
}

fn checksum(text: &str) -> String {
    let mut letters = letters(&Sha256::digest(text.as_bytes()));
    letters.truncate(CHECKSUM);
    letters
}

#[cfg(test)]
mod tests;
