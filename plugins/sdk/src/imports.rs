//! Where a plugin ends and its host begins: every import, as one trait with a real and a native side.

use crate::bindings::mainstay::plugin::{changes, database, files, log, state};

/// What the host offers. [`crate::Context`] wraps it in types; implement it only to fake a host.
pub trait Imports {
    /// See `database.execute` in the contract.
    ///
    /// # Errors
    /// As the contract says; none of the batch has happened then.
    fn execute(&self, statements: &[database::Statement]) -> Result<Vec<database::Outcome>, database::BatchError>;

    /// See `state.get`.
    ///
    /// # Errors
    /// As the contract says.
    fn state_get(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, state::StateError>;

    /// See `state.put`.
    ///
    /// # Errors
    /// As the contract says; nothing is written then.
    fn state_put(&self, entries: &[state::Entry]) -> Result<(), state::StateError>;

    /// See `state.set-secret`.
    ///
    /// # Errors
    /// As the contract says; no key is marked then.
    fn state_set_secret(&self, keys: &[String], secret: bool) -> Result<u32, state::StateError>;

    /// See `state.delete`.
    ///
    /// # Errors
    /// As the contract says.
    fn state_delete(&self, keys: &[String]) -> Result<u32, state::StateError>;

    /// See `state.scan`.
    ///
    /// # Errors
    /// As the contract says.
    fn state_scan(&self, prefix: &str, after: Option<&str>, limit: u32)
    -> Result<Vec<state::Entry>, state::StateError>;

    /// See `files.find`.
    ///
    /// # Errors
    /// As the contract says.
    fn find_files(&self, directory: &str, patterns: &[String]) -> Result<Vec<files::Found>, files::FileError>;

    /// See `files.read`.
    ///
    /// # Errors
    /// As the contract says.
    fn read_file(&self, directory: &str, name: &str) -> Result<Vec<u8>, files::FileError>;

    /// See `progress.report`.
    fn report_progress(&self, progress: f64, total: Option<f64>, message: Option<&str>);

    /// See `log.write`.
    fn write_log(&self, level: log::Level, message: &str);

    /// See `changes.resource-updated`.
    fn resource_updated(&self, uri: &str);

    /// See `changes.list-changed`.
    fn list_changed(&self, list: changes::ChangedList);

    /// Milliseconds since the Unix epoch; stands still during an entry.
    fn now(&self) -> u64;

    /// Fills `bytes` from the entry's own seed.
    fn random(&self, bytes: &mut [u8]);
}

/// The host's real side.
#[cfg(target_family = "wasm")]
#[derive(Debug)]
pub(crate) struct HostImports;

#[cfg(target_family = "wasm")]
impl Imports for HostImports {
    fn execute(&self, statements: &[database::Statement]) -> Result<Vec<database::Outcome>, database::BatchError> {
        database::execute(statements)
    }

    fn state_get(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, state::StateError> {
        state::get(keys)
    }

    fn state_put(&self, entries: &[state::Entry]) -> Result<(), state::StateError> {
        state::put(entries)
    }

    fn state_set_secret(&self, keys: &[String], secret: bool) -> Result<u32, state::StateError> {
        state::set_secret(keys, secret)
    }

    fn state_delete(&self, keys: &[String]) -> Result<u32, state::StateError> {
        state::delete(keys)
    }

    fn state_scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<state::Entry>, state::StateError> {
        state::scan(prefix, after, limit)
    }

    fn find_files(&self, directory: &str, patterns: &[String]) -> Result<Vec<files::Found>, files::FileError> {
        files::find(directory, patterns)
    }

    fn read_file(&self, directory: &str, name: &str) -> Result<Vec<u8>, files::FileError> {
        files::read(directory, name)
    }

    fn report_progress(&self, progress: f64, total: Option<f64>, message: Option<&str>) {
        crate::bindings::mainstay::plugin::progress::report(progress, total, message);
    }

    fn write_log(&self, level: log::Level, message: &str) {
        log::write(level, message);
    }

    fn resource_updated(&self, uri: &str) {
        changes::resource_updated(uri);
    }

    fn list_changed(&self, list: changes::ChangedList) {
        changes::list_changed(list);
    }

    fn now(&self) -> u64 {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
    }

    fn random(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the host always has random bytes");
    }
}
