//! Where settings come from, and what they come to.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use toml::Value;

use super::error::ConfigError;
use super::key::{Key, Place};
use super::layer::{self, Given};
use super::overlay::{Loaded, Overlay};
use super::{DEFAULTS, known};
use crate::model::SlotName;

/// What a variable for a setting begins with: `MAINSTAY__SWAP__POLICY`.
const PREFIX: &str = "MAINSTAY__";
/// The same as `MAINSTAY__LOG__FILTER`, shorter.
const LOG: &str = "MAINSTAY_LOG";

/// The defaults, overlaid by a file, by the environment, by flags. Can be read again and again.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    file: Option<File>,
    environment: Vec<Said>,
    flags: Vec<Said>,
}

#[derive(Debug, Clone)]
struct File {
    path: PathBuf,
    /// Somebody named it, so it must be there.
    named: bool,
}

/// What was said somewhere else than in a file, or why it says nothing.
#[derive(Debug, Clone)]
struct Said {
    at: Place,
    given: Result<(Key, Value), String>,
}

impl Sources {
    /// Reads this file too. One that is not `named` need not be there.
    #[must_use]
    pub fn with_file(mut self, path: PathBuf, named: bool) -> Self {
        // Whatever is relative to it stays where it is.
        let path = std::path::absolute(&path).unwrap_or(path);
        self.file = Some(File { path, named });
        self
    }

    /// The variables that are settings; others do not count.
    #[must_use]
    pub fn with_environment(mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let said = variables.into_iter().filter_map(|(name, value)| variable(name.to_str()?, value));
        self.environment.extend(said);
        // MAINSTAY_LOG is for once, so it is the last word.
        self.environment.sort_by_key(|said| said.at == Place::Environment(LOG.to_owned()));
        self
    }

    /// `key=value` as somebody wrote it behind `--set`: as TOML has it, or else a text without quotes.
    #[must_use]
    pub fn with_set(mut self, text: &str) -> Self {
        // The value may be secret, and is told where it is.
        let name = text.split_once('=').map_or(text, |(name, _)| name.trim_end());
        let at = Place::Flag(format!("--set {name}"));
        match layer::parse(text) {
            Ok(given) if !given.is_empty() => {
                let said = |given: Given| Said { at: at.clone(), given: Ok((given.key, given.value)) };
                self.flags.extend(given.into_iter().map(said));
            }
            _ => {
                let given = text.split_once('=').filter(|(key, _)| !key.trim().is_empty());
                let given = given.map(|(key, value)| (Key::dotted(key.trim()), layer::value(value.trim())));
                let given = given.ok_or_else(|| "say KEY=VALUE, such as swap.policy=append".to_owned());
                self.flags.push(Said { at, given });
            }
        }
        self
    }

    /// A flag that stands for one key.
    #[must_use]
    pub fn with_flag(mut self, flag: &str, key: &str, value: String) -> Self {
        let given = Ok((Key::dotted(key), Value::String(value)));
        self.flags.push(Said { at: Place::Flag(flag.to_owned()), given });
        self
    }

    /// A component that somebody named for a slot, as the settings would.
    #[must_use]
    pub fn with_plugin(mut self, flag: &str, slot: &SlotName, file: &Path) -> Self {
        let key = Key::dotted(known::PLUGINS).with(slot.as_str()).with("file");
        let given = match file.to_str() {
            Some(file) => Ok((key, Value::String(file.to_owned()))),
            None => Err(format!("{} is no UTF-8", file.display())),
        };
        self.flags.push(Said { at: Place::Flag(flag.to_owned()), given });
        self
    }

    /// The file that is read, if it is there.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_ref().map(|file| file.path.as_path())
    }

    /// Reads all of them.
    ///
    /// # Errors
    /// If the file cannot be read or is no TOML; or with everything that is wrong in the file, the environment and
    /// the flags.
    pub fn load(&self) -> Result<Loaded, ConfigError> {
        let file = self.file.as_ref();
        let read = file.map(|file| Ok::<_, ConfigError>(file.read()?.map(|text| (file.path.as_path(), text))));
        self.over(read.transpose()?.flatten())
    }

    /// Reads all of them, with this text as that of the file.
    pub(super) fn over(&self, file: Option<(&Path, String)>) -> Result<Loaded, ConfigError> {
        let mut overlay = Overlay::default();
        overlay.text(DEFAULTS, |_| Place::Default).map_err(|error| ConfigError::Syntax {
            path: "default.toml".into(),
            line: error.line,
            message: error.message,
        })?;
        if let Some((path, text)) = file {
            overlay.base = path.parent().map(Path::to_owned).unwrap_or_default();
            let path = || path.to_owned();
            let read = overlay.text(&text, |line| Place::File { path: path(), line });
            read.map_err(|error| ConfigError::Syntax { path: path(), line: error.line, message: error.message })?;
        }
        overlay.base = std::env::current_dir().unwrap_or_default();
        for said in self.environment.iter().chain(&self.flags) {
            overlay.said(&said.at, &said.given);
        }
        overlay.settle()
    }
}

impl File {
    /// None if it is not there and need not be.
    fn read(&self) -> Result<Option<String>, ConfigError> {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !self.named => Ok(None),
            Err(source) => Err(ConfigError::Read { path: self.path.clone(), source }),
        }
    }
}

fn variable(name: &str, value: OsString) -> Option<Said> {
    let key = match name.strip_prefix(PREFIX) {
        Some(parts) => Key::new(parts.split("__").map(str::to_lowercase).collect()),
        None if name == LOG => Key::dotted("log.filter"),
        None => return None,
    };
    let given = match value.into_string() {
        Ok(text) if name == LOG => Ok((key, Value::String(text))),
        Ok(text) => Ok((key, layer::value(&text))),
        Err(_) => Err("its value is no UTF-8".to_owned()),
    };
    Some(Said { at: Place::Environment(name.to_owned()), given })
}
