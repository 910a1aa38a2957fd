//! A plugin's own migrations: which of them lead from the data as it is to what a version reads.

use rusqlite::ErrorCode::{DiskFull, OutOfMemory, SystemIoFailure};
use rusqlite::ffi::SQLITE_CONSTRAINT_CHECK;

use super::plugin_db::{PluginDb, StoreError};

/// What a version of a plugin needs its file to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationPlan {
    pub writes: u32,
    pub reads_min: u32,
    pub reads_max: u32,
    /// The oldest schema that the ways back lead to.
    pub downgrades_to: u32,
    /// Ascending.
    pub steps: Vec<Migration>,
}

/// One step, from the schema before it to its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    pub schema: u32,
    pub name: String,
    pub up: String,
    pub down: Option<String>,
}

/// What has to run, and what the data is then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Names and SQL, in the order in which they run.
    pub scripts: Vec<Script>,
    /// The schema of the data when they have run.
    pub schema: u32,
}

/// One script of a [`Route`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    pub schema: u32,
    pub name: String,
    pub sql: String,
    /// It undoes the migration.
    pub back: bool,
}

impl MigrationPlan {
    /// The way from data of schema `from` (0 if there is none) to what this version reads. If that is
    /// older than the data, the way back is `newer`'s: the plan of the version that wrote it.
    ///
    /// # Errors
    /// If there is no way, or none that loses nothing.
    pub fn route(&self, from: u32, newer: Option<&Self>) -> Result<Route, StoreError> {
        if from > self.reads_max {
            return self.way_back(from, newer);
        }
        if from < self.reads_min {
            return Err(StoreError::SchemaOutOfRange { found: from, min: self.reads_min, max: self.reads_max });
        }
        let pending = self.steps.iter().filter(|step| step.schema > from);
        let scripts = pending.map(|step| Script::new(step, &step.up, false)).collect();
        Ok(Route { scripts, schema: from.max(self.writes) })
    }

    fn way_back(&self, from: u32, newer: Option<&Self>) -> Result<Route, StoreError> {
        let out_of_range = StoreError::SchemaOutOfRange { found: from, min: self.reads_min, max: self.reads_max };
        let Some(newer) = newer else { return Err(out_of_range) };
        let to_undo = newer.steps.iter().rev().filter(|step| step.schema > self.reads_max && step.schema <= from);
        let mut scripts = Vec::new();
        for step in to_undo {
            match &step.down {
                Some(down) if step.schema > newer.downgrades_to => {
                    scripts.push(Script::new(step, down, true));
                }
                _ => {
                    let (schema, name) = (step.schema, step.name.clone());
                    return Err(StoreError::NoWayBack { found: from, max: self.reads_max, schema, name });
                }
            }
        }
        if scripts.len() != usize::try_from(from - self.reads_max).unwrap_or(usize::MAX) {
            return Err(out_of_range);
        }
        Ok(Route { scripts, schema: self.reads_max })
    }
}

impl Script {
    fn new(step: &Migration, sql: &str, back: bool) -> Self {
        Self { schema: step.schema, name: step.name.clone(), sql: sql.to_owned(), back }
    }

    /// What it failed at is why: data, if it is a way back that checks what would be lost, else the script itself.
    fn failure(&self, error: &rusqlite::Error, denied: Option<String>) -> StoreError {
        let (schema, name) = (self.schema, self.name.clone());
        let checked = error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_CONSTRAINT_CHECK);
        if self.back && checked {
            let words = error.to_string();
            let what = words.trim_start_matches("CHECK constraint failed: ").trim_end_matches(" = 0").to_owned();
            return StoreError::WouldLose { schema, name, what };
        }
        let problem = denied.map_or_else(|| error.to_string(), |what| format!("not allowed: {what}"));
        StoreError::Migration { schema, name, problem }
    }
}

impl PluginDb {
    /// Runs a route's scripts, with the restrictions of a plugin's SQL, in the transaction that has begun.
    ///
    /// # Errors
    /// Which script failed and why; the caller rolls back.
    pub fn migrate(&self, route: &Route) -> Result<(), StoreError> {
        for script in &route.scripts {
            let guard = self.as_plugin(&script.sql);
            self.connection().execute_batch(&script.sql).map_err(|error| {
                if matches!(error.sqlite_error_code(), Some(DiskFull | SystemIoFailure | OutOfMemory)) {
                    // The script is not to blame, and may well succeed another time.
                    return error.into();
                }
                script.failure(&error, guard.denied())
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
