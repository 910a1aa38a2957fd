//! What a plugin may see of a directory that it names: patterns of the settings.

use std::fmt;
use std::str::FromStr;

use glob::{MatchOptions, Pattern};

/// The longest pattern, in bytes.
pub const PATTERN_BYTES: usize = 200;

/// `*` stays within one step of a path, and the case of letters matters.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// One pattern, such as `docs/*.md`, and whether more than being found is granted. In the settings a pattern that is
/// only to be found ends in `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pattern: Pattern,
    read: bool,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    #[error("is empty")]
    Empty,
    #[error("is longer than {PATTERN_BYTES} bytes")]
    TooLong,
    #[error("is no path of a file below a directory: no `/` at its ends, and no empty, `.` or `..` step")]
    NoPath,
    #[error("has a character that means nothing in a pattern: there is `*` within a step, and `?` at the end")]
    Character,
}

impl Grant {
    /// As it is written in a plugin's `find`.
    pub fn pattern(&self) -> &str {
        self.pattern.as_str()
    }

    /// Whether it is about that name.
    pub fn matches(&self, name: &str) -> bool {
        self.pattern.matches_with(name, OPTIONS)
    }

    /// Whether what it is about may be read, and not only found.
    pub fn reads(&self) -> bool {
        self.read
    }
}

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        let (path, read) = text.strip_suffix('?').map_or((text, true), |path| (path, false));
        if path.is_empty() {
            return Err(GrantError::Empty);
        }
        if path.len() > PATTERN_BYTES {
            return Err(GrantError::TooLong);
        }
        if path.contains("**") || path.chars().any(|c| "?[]{}\\".contains(c) || c.is_control()) {
            return Err(GrantError::Character);
        }
        if !is_name(path) {
            return Err(GrantError::NoPath);
        }
        let pattern = Pattern::new(path).map_err(|_| GrantError::Character)?;
        Ok(Self { pattern, read })
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let only_found = if self.read { "" } else { "?" };
        write!(f, "{}{only_found}", self.pattern)
    }
}

/// Whether it is a path that begins in a directory and does not leave it, by its steps alone.
pub fn is_name(path: &str) -> bool {
    !path.contains(['\0', '\\']) && path.split('/').all(|step| !["", ".", ".."].contains(&step))
}

#[cfg(test)]
mod tests;
