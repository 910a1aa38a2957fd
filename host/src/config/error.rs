//! What is wrong with settings.

use std::fmt::{self, Write as _};
use std::path::PathBuf;

use super::key::Place;

/// Settings that could not be read. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("could not read the settings in {}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{}:{line}: {message}", path.display())]
    Syntax { path: PathBuf, line: usize, message: String },
    /// All that is wrong, a line each.
    #[error("{}", lines(.0))]
    Invalid(Vec<Problem>),
    /// The table of known keys let through what the types do not take.
    #[error("the settings do not fit together")]
    Unfit(#[from] toml::de::Error),
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub at: Place,
    /// What it is, and what would be right.
    pub what: String,
}

impl fmt::Display for Problem {
    /// In one line, whatever somebody wrote that is repeated in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in format!("{}: {}", self.at, self.what).chars() {
            if letter.is_control() { write!(f, "{}", letter.escape_default())? } else { f.write_char(letter)? }
        }
        Ok(())
    }
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
