//! The name of a setting, and where its value came from.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

/// The parts of a setting's name, from the section on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Vec<String>);

impl Key {
    pub(super) fn new(parts: Vec<String>) -> Self {
        Self(parts)
    }

    /// One written with dots, of which none is part of a name.
    pub(super) fn dotted(text: &str) -> Self {
        Self(text.split('.').map(ToOwned::to_owned).collect())
    }

    pub(super) fn with(&self, part: &str) -> Self {
        let mut parts = self.0.clone();
        parts.push(part.to_owned());
        Self(parts)
    }

    pub(super) fn parts(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    /// Whether its value is what a plugin is configured with, which may be secret.
    pub fn is_private(&self) -> bool {
        matches!(self.parts().as_slice(), [super::known::PLUGINS, _, "config", ..])
    }

    /// Whether one of the two is a part of the other, or they are the same.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

impl fmt::Display for Key {
    /// As TOML writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            let bare = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
            if !part.is_empty() && part.chars().all(bare) { f.write_str(part)? } else { f.write_str(&quoted(part))? }
        }
        Ok(())
    }
}

/// As JSON has it. Of what that lets stand, TOML does not take one.
fn quoted(part: &str) -> String {
    serde_json::Value::from(part).to_string().replace('\u{7f}', "\\u007f")
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where a value was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: it is the default.
    Default,
    File {
        path: PathBuf,
        line: usize,
    },
    /// The name of the variable.
    Environment(String),
    /// As it was written, without the value.
    Flag(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
