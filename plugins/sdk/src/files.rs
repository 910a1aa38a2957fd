//! Files that the configuration grants.

use crate::bindings::mainstay::plugin::files as contract;
pub use crate::bindings::mainstay::plugin::files::Found;
use crate::failure::Failure;
use crate::imports::Imports;

/// The `files` import. It only reads, in directories that the plugin names, what `files` of the slot's settings grants.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    imports: &'a dyn Imports,
}

impl std::fmt::Debug for Files<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Files")
    }
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("the settings of the slot do not grant {0}")]
    NotGranted(String),
    #[error("there is no such file")]
    NotFound,
    #[error("it has {0} bytes; at most 1 MiB are read")]
    TooLarge(u64),
    #[error("{0}")]
    Invalid(String),
    #[error("it is not UTF-8")]
    NotText,
    #[error("{0}")]
    Failed(String),
}

impl<'a> Files<'a> {
    pub(crate) fn new(imports: &'a dyn Imports) -> Self {
        Self { imports }
    }

    /// What in `directory` matches one of `patterns`, in their order and then by name. A directory that is not
    /// there has nothing in it.
    ///
    /// # Errors
    /// If a pattern is not granted, or the directory cannot be read.
    pub fn find(&self, directory: &str, patterns: &[&str]) -> Result<Vec<Found>, FileError> {
        let patterns: Vec<_> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        Ok(self.imports.find_files(directory, &patterns)?)
    }

    /// The whole of a text file.
    ///
    /// # Errors
    /// If it is not granted, not there, too large or not UTF-8.
    pub fn read_text(&self, directory: &str, name: &str) -> Result<String, FileError> {
        String::from_utf8(self.imports.read_file(directory, name)?).map_err(|_| FileError::NotText)
    }
}

impl From<contract::FileError> for FileError {
    fn from(error: contract::FileError) -> Self {
        match error {
            contract::FileError::NotGranted(what) => Self::NotGranted(what),
            contract::FileError::NotFound => Self::NotFound,
            contract::FileError::TooLarge(bytes) => Self::TooLarge(bytes),
            contract::FileError::Invalid(what) => Self::Invalid(what),
            contract::FileError::Failed(what) => Self::Failed(what),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::new("file", error.to_string())
    }
}
