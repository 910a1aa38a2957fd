//! A host that remembers what SQL it was given, and knows how SQLite would go about it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use mainstay_plugin::bindings::mainstay::plugin::types::Caller;
use mainstay_plugin::bindings::mainstay::plugin::{database, files, log, state};
use mainstay_plugin::testing::FakeHost;
use mainstay_plugin::{Context, Imports, Plugin};

use crate::Orchestrator;

#[derive(Debug)]
pub(crate) struct Recorder {
    host: FakeHost,
    caller: Caller,
    heard: RefCell<BTreeSet<String>>,
}

impl Recorder {
    /// With the tables in place.
    pub(crate) fn new() -> Self {
        let host = FakeHost::default();
        for migration in Orchestrator::describe().to_contract().migrations {
            host.connection().execute_batch(&migration.up).expect("the migration is right");
        }
        let caller = Caller {
            session: "session".to_owned(),
            client_name: "test".to_owned(),
            client_version: "1".to_owned(),
            protocol: "2025-11-25".to_owned(),
            working_directory: Some("/w".to_owned()),
        };
        Self { host, caller, heard: RefCell::default() }
    }

    pub(crate) fn host(&self) -> &FakeHost {
        &self.host
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context::new(self, Some(&self.caller), "call")
    }

    /// For looking at what came of it.
    pub(crate) fn connection(&self) -> &rusqlite::Connection {
        self.host.connection()
    }

    /// Every different statement so far, with each step SQLite would take.
    pub(crate) fn plans(&self) -> Vec<(String, Vec<String>)> {
        let plan = |sql: &String| {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let mut statement = self.host.connection().prepare(&explain).expect("it ran before");
            let mut rows = statement.raw_query();
            let mut steps = Vec::new();
            while let Some(row) = rows.next().expect("a plan") {
                steps.push(row.get(3).expect("a step"));
            }
            (sql.clone(), steps)
        };
        self.heard.borrow().iter().map(plan).collect()
    }
}

impl Imports for Recorder {
    fn execute(&self, statements: &[database::Statement]) -> Result<Vec<database::Outcome>, database::BatchError> {
        self.heard.borrow_mut().extend(statements.iter().map(|statement| statement.sql.clone()));
        self.host.execute(statements)
    }

    fn state_get(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, state::StateError> {
        self.host.state_get(keys)
    }

    fn state_put(&self, entries: &[state::Entry]) -> Result<(), state::StateError> {
        self.host.state_put(entries)
    }

    fn state_set_secret(&self, keys: &[String], secret: bool) -> Result<u32, state::StateError> {
        self.host.state_set_secret(keys, secret)
    }

    fn state_delete(&self, keys: &[String]) -> Result<u32, state::StateError> {
        self.host.state_delete(keys)
    }

    fn state_scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<state::Entry>, state::StateError> {
        self.host.state_scan(prefix, after, limit)
    }

    fn find_files(&self, directory: &str, patterns: &[String]) -> Result<Vec<files::Found>, files::FileError> {
        self.host.find_files(directory, patterns)
    }

    fn read_file(&self, directory: &str, name: &str) -> Result<Vec<u8>, files::FileError> {
        self.host.read_file(directory, name)
    }

    fn report_progress(&self, progress: f64, total: Option<f64>, message: Option<&str>) {
        self.host.report_progress(progress, total, message);
    }

    fn write_log(&self, level: log::Level, message: &str) {
        self.host.write_log(level, message);
    }

    fn now(&self) -> u64 {
        self.host.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.host.random(bytes);
    }
}
