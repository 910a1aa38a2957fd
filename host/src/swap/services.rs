//! What an instance in a slot may reach: the slot's database, files that are granted to it, and whoever listens to the
//! running entry.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use super::changes::Said;
use super::sql;
use crate::config::Live;
use crate::files::{self, FileError};
use crate::model::SlotName;
use crate::plugin::contract::files as contract;
use crate::plugin::contract::{database, log, state};
use crate::plugin::{Change, Services};
use crate::store::PluginDb;

/// Hears what an entry reports while it runs.
pub trait Reporter: Send + Sync {
    /// Its turn has come.
    fn begins(&self) {}
    fn progress(&self, progress: f64, total: Option<f64>, message: Option<String>);
    fn log(&self, level: log::Level, message: String);
}

/// Hears nothing.
#[derive(Debug)]
pub struct Silent;

impl Reporter for Silent {
    fn progress(&self, _: f64, _: Option<f64>, _: Option<String>) {}

    fn log(&self, level: log::Level, message: String) {
        tracing::debug!(?level, message, "a plugin logged");
    }
}

/// What of other directories a slot may see, as the settings say it when it looks.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    pub(crate) slot: SlotName,
    pub(crate) live: Live,
}

/// One thread's database and reporter. The thread and the instance it is running take turns: the lock is
/// never contended, it only tells the compiler so.
#[derive(Clone)]
pub(crate) struct Workbench(Arc<Mutex<Bench>>, Granted);

pub(crate) struct Bench {
    pub(crate) db: PluginDb,
    pub(crate) reporter: Arc<dyn Reporter>,
    /// What entries that are not on disk yet say has changed.
    pub(crate) said: Said,
}

impl std::fmt::Debug for Workbench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workbench").finish_non_exhaustive()
    }
}

impl Workbench {
    pub(crate) fn new(db: PluginDb, granted: Granted) -> Self {
        Self(Arc::new(Mutex::new(Bench { db, reporter: Arc::new(Silent), said: Said::default() })), granted)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Bench> {
        self.0.lock()
    }
}

impl Services for Workbench {
    fn execute(
        &mut self,
        statements: Vec<database::Statement>,
    ) -> Result<Vec<database::Outcome>, database::BatchError> {
        let statements: Vec<_> = statements.into_iter().map(sql::statement).collect();
        match self.lock().db.execute(&statements) {
            Ok(outcomes) => Ok(outcomes.into_iter().map(sql::outcome).collect()),
            Err((statement, error)) => Err(database::BatchError { statement, error: sql::error(error) }),
        }
    }

    fn state_get(&mut self, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>, state::StateError> {
        self.lock().db.state_get(&keys).map_err(sql::state_error)
    }

    fn state_put(&mut self, entries: Vec<state::Entry>) -> Result<(), state::StateError> {
        let entries: Vec<_> = entries.into_iter().map(|entry| (entry.key, entry.value)).collect();
        self.lock().db.state_put(&entries).map_err(sql::state_error)
    }

    fn state_set_secret(&mut self, keys: Vec<String>, secret: bool) -> Result<u32, state::StateError> {
        self.lock().db.state_set_secret(&keys, secret).map_err(sql::state_error)
    }

    fn state_delete(&mut self, keys: Vec<String>) -> Result<u32, state::StateError> {
        self.lock().db.state_delete(&keys).map_err(sql::state_error)
    }

    fn state_scan(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<state::Entry>, state::StateError> {
        let found = self.lock().db.state_scan(&prefix, after.as_deref(), limit).map_err(sql::state_error)?;
        Ok(found.into_iter().map(|(key, value)| state::Entry { key, value }).collect())
    }

    fn find_files(
        &mut self,
        directory: &str,
        patterns: &[String],
    ) -> Result<Vec<contract::Found>, contract::FileError> {
        let grants = self.1.live.get().file_grants(&self.1.slot);
        let found = files::find(&grants, directory, patterns).map_err(file_error)?;
        Ok(found.into_iter().map(found_file).collect())
    }

    fn read_file(&mut self, directory: &str, name: &str) -> Result<Vec<u8>, contract::FileError> {
        let grants = self.1.live.get().file_grants(&self.1.slot);
        files::read(&grants, directory, name).map_err(file_error)
    }

    fn report_progress(&mut self, progress: f64, total: Option<f64>, message: Option<String>) {
        self.lock().reporter.progress(progress, total, message);
    }

    fn write_log(&mut self, level: log::Level, message: String) {
        self.lock().reporter.log(level, message);
    }

    fn changed(&mut self, change: Change) {
        self.lock().said.hear(change);
    }
}

fn found_file(found: files::Found) -> contract::Found {
    let files::Found { name, is_directory, size, modified } = found;
    contract::Found { name, is_directory, size, modified }
}

fn file_error(error: FileError) -> contract::FileError {
    match error {
        FileError::NotGranted(what) => contract::FileError::NotGranted(what),
        FileError::NotFound => contract::FileError::NotFound,
        FileError::TooLarge(bytes) => contract::FileError::TooLarge(bytes),
        FileError::Invalid(what) => contract::FileError::Invalid(what),
        FileError::Failed(what) => contract::FileError::Failed(what),
    }
}
