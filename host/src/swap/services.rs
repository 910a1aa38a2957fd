//! What an instance in a slot may reach: the slot's database, and whoever listens to the running entry.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use super::sql;
use crate::plugin::Services;
use crate::plugin::contract::{database, log, state};
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

/// One thread's database and reporter. The thread and the instance it is running take turns: the lock is
/// never contended, it only tells the compiler so.
#[derive(Clone)]
pub(crate) struct Workbench(Arc<Mutex<Bench>>);

pub(crate) struct Bench {
    pub(crate) db: PluginDb,
    pub(crate) reporter: Arc<dyn Reporter>,
}

impl std::fmt::Debug for Workbench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workbench").finish_non_exhaustive()
    }
}

impl Workbench {
    pub(crate) fn new(db: PluginDb) -> Self {
        Self(Arc::new(Mutex::new(Bench { db, reporter: Arc::new(Silent) })))
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

    fn report_progress(&mut self, progress: f64, total: Option<f64>, message: Option<String>) {
        self.lock().reporter.progress(progress, total, message);
    }

    fn write_log(&mut self, level: log::Level, message: String) {
        self.lock().reporter.log(level, message);
    }
}
