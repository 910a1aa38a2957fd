//! What a handler is given beside its arguments.

use crate::bindings::mainstay::plugin::changes::ChangedList;
use crate::bindings::mainstay::plugin::log::Level;
use crate::bindings::mainstay::plugin::types::Caller;
use crate::database::Database;
use crate::files::Files;
use crate::imports::Imports;
use crate::state::State;

/// One entry's view of the host: on whose behalf it runs, and everything it may reach.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    imports: &'a dyn Imports,
    caller: Option<&'a Caller>,
    call_id: &'a str,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("caller", &self.caller).field("call_id", &self.call_id).finish_non_exhaustive()
    }
}

impl<'a> Context<'a> {
    /// For the glue and for tests.
    pub fn new(imports: &'a dyn Imports, caller: Option<&'a Caller>, call_id: &'a str) -> Self {
        Self { imports, caller, call_id }
    }

    /// The plugin's own SQLite database.
    pub fn db(&self) -> Database<'a> {
        Database::new(self.imports)
    }

    /// The plugin's keys and values.
    pub fn state(&self) -> State<'a> {
        State::new(self.imports)
    }

    /// Files in directories of the host's machine, as far as they are granted.
    pub fn files(&self) -> Files<'a> {
        Files::new(self.imports)
    }

    /// On whose behalf; none in lifecycle entries.
    pub fn caller(&self) -> Option<&'a Caller> {
        self.caller
    }

    /// Unique to the call and the same in every attempt at it; empty outside tool calls.
    pub fn call_id(&self) -> &'a str {
        self.call_id
    }

    /// Milliseconds since the Unix epoch. Stands still during an entry.
    pub fn now(&self) -> u64 {
        self.imports.now()
    }

    /// `N` random bytes. The host can replay an entry with the same ones.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.imports.random(&mut bytes);
        bytes
    }

    /// Tells the client how far the call is, if it asked. `progress` must grow.
    pub fn progress(&self, progress: f64, total: Option<f64>, message: &str) {
        self.imports.report_progress(progress, total, (!message.is_empty()).then_some(message));
    }

    /// Says that what is at `uri` is something else now. Clients that subscribed to it hear of it when the entry is on
    /// disk.
    pub fn resource_updated(&self, uri: &str) {
        self.imports.resource_updated(uri);
    }

    /// Says that a list is another one now. Clients hear of it when the entry is on disk.
    pub fn list_changed(&self, list: ChangedList) {
        self.imports.list_changed(list);
    }

    /// Writes a line of any level to the log.
    pub fn log(&self, level: Level, message: &str) {
        self.imports.write_log(level, message);
    }

    pub fn debug(&self, message: &str) {
        self.imports.write_log(Level::Debug, message);
    }

    pub fn info(&self, message: &str) {
        self.imports.write_log(Level::Info, message);
    }

    pub fn warn(&self, message: &str) {
        self.imports.write_log(Level::Warning, message);
    }
}
