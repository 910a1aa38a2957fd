//! A host in memory.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use rusqlite::config::DbConfig;
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, ErrorCode, StatementStatus, params_from_iter};

use crate::bindings::mainstay::plugin::{changes, database, files, log, state};
use crate::imports::Imports;

/// When it was changed, and what is in it; none is a directory.
type File = (u64, Option<Vec<u8>>);

/// Everything a plugin can import, held in memory and open to inspection.
#[derive(Debug)]
pub struct FakeHost {
    connection: Connection,
    now: Cell<u64>,
    seed: Cell<u64>,
    read_only: Cell<bool>,
    steps: Cell<u64>,
    /// None before a test wants to know.
    statements: RefCell<Option<BTreeSet<String>>>,
    /// None is all.
    granted: RefCell<Option<Vec<String>>>,
    files_fail: Cell<bool>,
    /// By path.
    files: RefCell<BTreeMap<String, File>>,
    progress: RefCell<Vec<(f64, Option<f64>, String)>>,
    log: RefCell<Vec<(log::Level, String)>>,
    changes: RefCell<Vec<Changed>>,
}

/// What a plugin says has changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Changed {
    Resource(String),
    List(changes::ChangedList),
}

impl Default for FakeHost {
    fn default() -> Self {
        let connection = Connection::open_in_memory().expect("SQLite can open a database in memory");
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON;
                 CREATE TABLE _mainstay_state (
                     key TEXT PRIMARY KEY,
                     value BLOB NOT NULL,
                     secret INTEGER NOT NULL
                 ) WITHOUT ROWID;",
            )
            .expect("a fresh database takes a table");
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).expect("SQLite has this setting");
        Self {
            connection,
            // 2026-01-01T00:00:00Z: a fixed day, so that tests can spell out timestamps.
            now: Cell::new(1_767_225_600_000),
            seed: Cell::new(0),
            read_only: Cell::new(false),
            steps: Cell::new(0),
            statements: RefCell::default(),
            granted: RefCell::default(),
            files_fail: Cell::new(false),
            files: RefCell::default(),
            progress: RefCell::default(),
            log: RefCell::default(),
            changes: RefCell::default(),
        }
    }
}

impl FakeHost {
    /// Moves the clock forward.
    pub fn advance(&self, milliseconds: u64) {
        self.now.set(self.now.get() + milliseconds);
    }

    /// Puts a file where the plugin can find it, changed now. All files are granted.
    pub fn write_file(&self, path: &str, content: &str) {
        self.write_bytes(path, content.as_bytes());
    }

    /// The same with a file that need not be text.
    pub fn write_bytes(&self, path: &str, content: &[u8]) {
        self.files.borrow_mut().insert(path.to_owned(), (self.now.get(), Some(content.to_vec())));
    }

    /// From now on no files are granted.
    pub fn grant_no_files(&self) {
        self.grant_only(&[]);
    }

    /// From now on only these patterns and names are granted.
    pub fn grant_only(&self, patterns: &[&str]) {
        *self.granted.borrow_mut() = Some(patterns.iter().map(|pattern| (*pattern).to_owned()).collect());
    }

    /// Whether looking for files and reading them fails from now on.
    pub fn fail_files(&self, fail: bool) {
        self.files_fail.set(fail);
    }

    fn check_granted(&self, name: &str) -> Result<(), files::FileError> {
        if self.granted.borrow().as_ref().is_some_and(|granted| !granted.iter().any(|pattern| pattern == name)) {
            return Err(files::FileError::NotGranted(name.to_owned()));
        }
        if self.files_fail.get() {
            return Err(files::FileError::Failed("the disk is away".to_owned()));
        }
        Ok(())
    }

    /// Puts an empty directory where the plugin can find it.
    pub fn make_directory(&self, path: &str) {
        self.files.borrow_mut().insert(path.to_owned(), (self.now.get(), None));
    }

    /// Takes a file or an empty directory away.
    pub fn remove_file(&self, path: &str) {
        self.files.borrow_mut().remove(path);
    }

    /// What was reported so far: progress, total, message.
    pub fn progress(&self) -> Vec<(f64, Option<f64>, String)> {
        self.progress.borrow().clone()
    }

    /// What clients would have been told of so far: nothing that entries said that came to nothing or only read.
    pub fn changes(&self) -> Vec<Changed> {
        self.changes.borrow().clone()
    }

    /// What was logged so far.
    pub fn logged(&self) -> Vec<String> {
        self.log.borrow().iter().map(|(_, message)| message.clone()).collect()
    }

    /// The keys of the working state that are marked as secret, in order.
    pub fn secret_keys(&self) -> Vec<String> {
        let select = "SELECT key FROM _mainstay_state WHERE secret ORDER BY key";
        let mut select = self.connection.prepare(select).expect("the fake host's own SQL is right");
        let keys = select.query_map([], |row| row.get(0)).and_then(Iterator::collect);
        keys.expect("keys are text")
    }

    /// Steps of SQLite's machine that the plugin's statements took so far: work that is measured without a clock.
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Remembers what SQL the plugin gives from now on.
    pub fn remember_statements(&self) {
        *self.statements.borrow_mut() = Some(BTreeSet::new());
    }

    /// Every different statement that was remembered, in no order that means anything.
    pub fn statements(&self) -> Vec<String> {
        self.statements.borrow().iter().flatten().cloned().collect()
    }

    /// SQL on the plugin's database, for arranging a test and for looking at what came of it.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Runs `entry` in a savepoint and rolls back if it fails.
    pub(crate) fn savepoint<T, E>(&self, read_only: bool, entry: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.read_only.set(read_only);
        let said = self.changes.borrow().len();
        self.sql("SAVEPOINT entry");
        let result = entry();
        if result.is_err() {
            self.sql("ROLLBACK TO entry");
        }
        if result.is_err() || read_only {
            self.changes.borrow_mut().truncate(said);
        }
        self.sql("RELEASE entry");
        self.read_only.set(false);
        result
    }

    pub(crate) fn sql(&self, sql: &str) {
        self.connection.execute_batch(sql).expect("the fake host's own SQL is right");
    }

    fn run(&self, statement: &database::Statement) -> Result<database::Outcome, database::DatabaseError> {
        if statement.sql.to_ascii_lowercase().contains("_mainstay_") {
            return Err(database::DatabaseError::NotAllowed("tables of the host".to_owned()));
        }
        if let Some(statements) = self.statements.borrow_mut().as_mut() {
            statements.insert(statement.sql.clone());
        }
        let mut prepared = self.connection.prepare_cached(&statement.sql).map_err(classify)?;
        if self.read_only.get() && !prepared.readonly() {
            return Err(database::DatabaseError::ReadOnly);
        }
        let columns: Vec<String> = prepared.column_names().map(str::to_owned).collect();
        let before = self.connection.total_changes();
        let mut rows = prepared.query(params_from_iter(statement.parameters.iter().map(bind))).map_err(classify)?;
        let mut values = Vec::new();
        while let Some(row) = rows.next().map_err(classify)? {
            let row = (0..columns.len()).map(|i| row.get_ref(i).map(read)).collect::<Result<_, _>>();
            values.push(row.map_err(classify)?);
        }
        drop(rows);
        let steps = prepared.reset_status(StatementStatus::VmStep);
        self.steps.set(self.steps.get() + u64::from(steps.unsigned_abs()));
        Ok(database::Outcome {
            columns,
            rows: values,
            changes: if self.connection.total_changes() > before { self.connection.changes() } else { 0 },
            last_insert_rowid: self.connection.last_insert_rowid(),
        })
    }
}

impl Imports for FakeHost {
    fn execute(&self, statements: &[database::Statement]) -> Result<Vec<database::Outcome>, database::BatchError> {
        self.sql("SAVEPOINT batch");
        let outcomes = (0..).zip(statements).map(|(index, statement)| {
            self.run(statement).map_err(|error| database::BatchError { statement: index, error })
        });
        let result = outcomes.collect::<Result<Vec<_>, _>>();
        if result.is_err() {
            self.sql("ROLLBACK TO batch");
        }
        self.sql("RELEASE batch");
        result
    }

    fn state_get(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, state::StateError> {
        let mut select =
            self.connection.prepare_cached("SELECT value FROM _mainstay_state WHERE key = ?1").map_err(state_error)?;
        let get = |key: &String| match select.query_row([key], |row| row.get(0)) {
            Ok(value) => Ok(Some(value)),
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
            Err(error) => Err(state_error(error)),
        };
        keys.iter().map(get).collect()
    }

    fn state_put(&self, entries: &[state::Entry]) -> Result<(), state::StateError> {
        if self.read_only.get() {
            return Err(state::StateError::ReadOnly);
        }
        for entry in entries {
            let put = "INSERT INTO _mainstay_state VALUES (?1, ?2, 0) ON CONFLICT (key) DO UPDATE SET value = ?2";
            self.connection.execute(put, (&entry.key, &entry.value)).map_err(state_error)?;
        }
        Ok(())
    }

    fn state_set_secret(&self, keys: &[String], secret: bool) -> Result<u32, state::StateError> {
        if self.read_only.get() {
            return Err(state::StateError::ReadOnly);
        }
        let mark = "UPDATE _mainstay_state SET secret = ?2 WHERE key = ?1";
        let marked = keys.iter().map(|key| self.connection.execute(mark, (key, secret)));
        let marked = marked.sum::<Result<usize, _>>().map_err(state_error)?;
        Ok(u32::try_from(marked).unwrap_or(u32::MAX))
    }

    fn state_delete(&self, keys: &[String]) -> Result<u32, state::StateError> {
        if self.read_only.get() {
            return Err(state::StateError::ReadOnly);
        }
        let delete = |key| self.connection.execute("DELETE FROM _mainstay_state WHERE key = ?1", [key]);
        let deleted = keys.iter().map(delete).sum::<Result<usize, _>>().map_err(state_error)?;
        Ok(u32::try_from(deleted).unwrap_or(u32::MAX))
    }

    fn state_scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<state::Entry>, state::StateError> {
        let all: BTreeMap<String, Vec<u8>> = {
            let mut select = self.connection.prepare("SELECT key, value FROM _mainstay_state").map_err(state_error)?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(state_error)?;
            rows.collect::<Result<_, _>>().map_err(state_error)?
        };
        let wanted = all
            .into_iter()
            .filter(|(key, _)| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after));
        Ok(wanted.take(limit as usize).map(|(key, value)| state::Entry { key, value }).collect())
    }

    fn find_files(&self, directory: &str, patterns: &[String]) -> Result<Vec<files::Found>, files::FileError> {
        patterns.iter().try_for_each(|pattern| self.check_granted(pattern))?;
        let all = self.files.borrow();
        let below =
            |path: &str| Some(path.strip_prefix(directory.trim_end_matches('/'))?.strip_prefix('/')?.to_owned());
        let mut found = Vec::new();
        for pattern in patterns {
            for (path, (modified, content)) in all.iter() {
                let Some(name) = below(path).filter(|name| matches(pattern, name)) else { continue };
                let size = content.as_ref().map_or(0, |content| content.len() as u64);
                found.push(files::Found { name, is_directory: content.is_none(), size, modified: *modified });
            }
        }
        Ok(found)
    }

    fn read_file(&self, directory: &str, name: &str) -> Result<Vec<u8>, files::FileError> {
        self.check_granted(name)?;
        let path = format!("{}/{name}", directory.trim_end_matches('/'));
        match self.files.borrow().get(&path) {
            Some((_, Some(content))) => Ok(content.clone()),
            Some((_, None)) => Err(files::FileError::Invalid(format!("{path} is a directory"))),
            None => Err(files::FileError::NotFound),
        }
    }

    fn report_progress(&self, progress: f64, total: Option<f64>, message: Option<&str>) {
        self.progress.borrow_mut().push((progress, total, message.unwrap_or_default().to_owned()));
    }

    fn write_log(&self, level: log::Level, message: &str) {
        self.log.borrow_mut().push((level, message.to_owned()));
    }

    fn resource_updated(&self, uri: &str) {
        self.changes.borrow_mut().push(Changed::Resource(uri.to_owned()));
    }

    fn list_changed(&self, list: changes::ChangedList) {
        self.changes.borrow_mut().push(Changed::List(list));
    }

    fn now(&self) -> u64 {
        self.now.get()
    }

    fn random(&self, bytes: &mut [u8]) {
        // SplitMix64: tests want bytes that differ from call to call and not from run to run.
        for chunk in bytes.chunks_mut(8) {
            let seed = self.seed.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
            self.seed.set(seed);
            let mut mixed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^= mixed >> 31;
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Step by step; `*` stands for any part of a step, and there is at most one in a step.
fn matches(pattern: &str, name: &str) -> bool {
    let step = |(pattern, name): (&str, &str)| match pattern.split_once('*') {
        Some((start, end)) => name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
        None => pattern == name,
    };
    pattern.split('/').count() == name.split('/').count() && pattern.split('/').zip(name.split('/')).all(step)
}

fn bind(value: &database::Value) -> SqlValue {
    match value {
        database::Value::Null => SqlValue::Null,
        database::Value::Integer(i) => SqlValue::Integer(*i),
        database::Value::Real(r) => SqlValue::Real(*r),
        database::Value::Text(s) => SqlValue::Text(s.clone()),
        database::Value::Blob(b) => SqlValue::Blob(b.clone()),
    }
}

fn read(value: ValueRef<'_>) -> database::Value {
    match value {
        ValueRef::Null => database::Value::Null,
        ValueRef::Integer(i) => database::Value::Integer(i),
        ValueRef::Real(r) => database::Value::Real(r),
        ValueRef::Text(s) => database::Value::Text(String::from_utf8_lossy(s).into_owned()),
        ValueRef::Blob(b) => database::Value::Blob(b.to_vec()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
fn classify(error: rusqlite::Error) -> database::DatabaseError {
    match &error {
        rusqlite::Error::SqlInputError { msg, offset, .. } => {
            database::DatabaseError::InvalidSql(database::InvalidSql {
                message: msg.clone(),
                offset: u32::try_from(*offset).ok(),
            })
        }
        rusqlite::Error::SqliteFailure(code, message) if code.code == ErrorCode::ConstraintViolation => {
            database::DatabaseError::Constraint(message.clone().unwrap_or_else(|| error.to_string()))
        }
        _ => database::DatabaseError::Failed(error.to_string()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
fn state_error(error: rusqlite::Error) -> state::StateError {
    state::StateError::Failed(error.to_string())
}
