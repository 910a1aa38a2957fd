//! What is wrong with settings.

use std::fmt;
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
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
