//! Doors for `tests/fuzz` to settings that are in no file.

use std::path::Path;

use super::{ConfigError, Loaded, Sources};

/// The defaults, overlaid by a text.
///
/// # Errors
/// What is wrong with it.
pub fn load(text: &str) -> Result<Loaded, ConfigError> {
    Sources::default().over(Some((Path::new("/mainstay.toml"), text.to_owned())))
}

/// The same settings as a text of their own, a line each.
pub fn write(loaded: &Loaded) -> String {
    loaded.values().into_iter().map(|(key, valued)| format!("{key} = {}\n", valued.value)).collect()
}
