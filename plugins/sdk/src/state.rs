//! Typed access to the plugin's keys and values.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::mainstay::plugin::state::{Entry, StateError};
use crate::failure::Failure;
use crate::imports::Imports;

/// The `state` import; values are stored as JSON. Writes belong to the entry like those to tables.
#[derive(Clone, Copy)]
pub struct State<'a> {
    imports: &'a dyn Imports,
}

impl std::fmt::Debug for State<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("State")
    }
}

impl<'a> State<'a> {
    pub(crate) fn new(imports: &'a dyn Imports) -> Self {
        Self { imports }
    }

    /// The value at `key`, if there is one.
    ///
    /// # Errors
    /// If it is of another shape than `T`, or cannot be read.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Failure> {
        let values = self.imports.state_get(&[key.to_owned()])?;
        let value = values.into_iter().next().flatten();
        value.map(|bytes| serde_json::from_slice(&bytes)).transpose().map_err(Failure::from)
    }

    /// Writes one value.
    ///
    /// # Errors
    /// If key or value is over its limit or the entry may only read; nothing is written then.
    pub fn put<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<(), Failure> {
        let value = serde_json::to_vec(value)?;
        Ok(self.imports.state_put(&[Entry { key: key.to_owned(), value }])?)
    }

    /// Marks `key` as secret, or not any more, and says whether it is there. What is secret is left out when the state
    /// is exported to a file. The mark stays when the key is written again.
    ///
    /// # Errors
    /// If the entry may only read.
    pub fn set_secret(&self, key: &str, secret: bool) -> Result<bool, Failure> {
        Ok(self.imports.state_set_secret(&[key.to_owned()], secret)? > 0)
    }

    /// Removes `key` and says whether it was there.
    ///
    /// # Errors
    /// If the entry may only read.
    pub fn delete(&self, key: &str) -> Result<bool, Failure> {
        Ok(self.imports.state_delete(&[key.to_owned()])? > 0)
    }

    /// At most `limit` pairs whose keys begin with `prefix`, in key order, after the key `after`.
    ///
    /// # Errors
    /// If a value is of another shape than `T`, or cannot be read.
    pub fn scan<T: DeserializeOwned>(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, T)>, Failure> {
        let entries = self.imports.state_scan(prefix, after, limit)?;
        entries.into_iter().map(|e| Ok((e.key, serde_json::from_slice(&e.value)?))).collect()
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        match error {
            StateError::ReadOnly => Self::new("read-only", "this entry may only read"),
            StateError::TooLarge(what) => Self::new("too-large", what),
            StateError::Full => Self::new("disk-full", "the disk is full").retryable(),
            StateError::Failed(what) => Self::new("state", what),
        }
    }
}
