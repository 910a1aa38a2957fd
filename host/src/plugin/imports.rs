//! What an instance may reach, as a trait, and its link to the contract's imports.

use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime::{ResourceLimiter, StoreLimits};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::contract::{changes, database, files, log, progress, state, types};
use super::entry::Watch;

/// The host's side of the contract's imports, for one instance.
pub trait Services: Send {
    /// # Errors
    /// As `database.execute` in the contract says.
    fn execute(&mut self, statements: Vec<database::Statement>)
    -> Result<Vec<database::Outcome>, database::BatchError>;

    /// # Errors
    /// As `state.get` in the contract says.
    fn state_get(&mut self, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>, state::StateError>;

    /// # Errors
    /// As `state.put` in the contract says.
    fn state_put(&mut self, entries: Vec<state::Entry>) -> Result<(), state::StateError>;

    /// # Errors
    /// As `state.set-secret` in the contract says.
    fn state_set_secret(&mut self, keys: Vec<String>, secret: bool) -> Result<u32, state::StateError>;

    /// # Errors
    /// As `state.delete` in the contract says.
    fn state_delete(&mut self, keys: Vec<String>) -> Result<u32, state::StateError>;

    /// # Errors
    /// As `state.scan` in the contract says.
    fn state_scan(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<state::Entry>, state::StateError>;

    /// # Errors
    /// As `files.find` in the contract says.
    fn find_files(&mut self, directory: &str, patterns: &[String]) -> Result<Vec<files::Found>, files::FileError>;

    /// # Errors
    /// As `files.read` in the contract says.
    fn read_file(&mut self, directory: &str, name: &str) -> Result<Vec<u8>, files::FileError>;

    fn report_progress(&mut self, progress: f64, total: Option<f64>, message: Option<String>);

    fn write_log(&mut self, level: log::Level, message: String);

    /// The running entry says that something changed.
    fn changed(&mut self, change: Change);
}

/// Something that clients may have looked at and that is something else now.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Change {
    /// What is at this URI.
    Resource(String),
    Tools,
    Prompts,
    Resources,
}

/// For entries that must not use any import: `describe` and the like.
#[derive(Debug)]
pub struct NoServices;

const PURE: &str = "this entry is pure: it may not use imports";

impl Services for NoServices {
    fn execute(&mut self, _: Vec<database::Statement>) -> Result<Vec<database::Outcome>, database::BatchError> {
        let error = database::DatabaseError::NotAllowed(PURE.to_owned());
        Err(database::BatchError { statement: 0, error })
    }

    fn state_get(&mut self, _: Vec<String>) -> Result<Vec<Option<Vec<u8>>>, state::StateError> {
        Err(state::StateError::Failed(PURE.to_owned()))
    }

    fn state_put(&mut self, _: Vec<state::Entry>) -> Result<(), state::StateError> {
        Err(state::StateError::Failed(PURE.to_owned()))
    }

    fn state_set_secret(&mut self, _: Vec<String>, _: bool) -> Result<u32, state::StateError> {
        Err(state::StateError::Failed(PURE.to_owned()))
    }

    fn state_delete(&mut self, _: Vec<String>) -> Result<u32, state::StateError> {
        Err(state::StateError::Failed(PURE.to_owned()))
    }

    fn state_scan(&mut self, _: String, _: Option<String>, _: u32) -> Result<Vec<state::Entry>, state::StateError> {
        Err(state::StateError::Failed(PURE.to_owned()))
    }

    fn find_files(&mut self, _: &str, _: &[String]) -> Result<Vec<files::Found>, files::FileError> {
        Err(files::FileError::NotGranted(PURE.to_owned()))
    }

    fn read_file(&mut self, _: &str, _: &str) -> Result<Vec<u8>, files::FileError> {
        Err(files::FileError::NotGranted(PURE.to_owned()))
    }

    fn report_progress(&mut self, _: f64, _: Option<f64>, _: Option<String>) {}

    fn write_log(&mut self, level: log::Level, message: String) {
        tracing::debug!(?level, message, "a plugin logged outside a call");
    }

    fn changed(&mut self, _: Change) {}
}

/// What a wasmtime store carries.
pub(crate) struct StoreData {
    pub(crate) services: Box<dyn Services>,
    pub(crate) watch: Watch,
    pub(crate) limits: MemoryLimit,
    /// The last critical line the guest logged in this entry: what a panic hook writes.
    pub(crate) last_words: Option<String>,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl StoreData {
    pub(crate) fn new(services: Box<dyn Services>, watch: Watch, limits: StoreLimits) -> Self {
        let wasi = super::wasi::context(&watch);
        let limits = MemoryLimit { limits, refused: false };
        Self { services, watch, limits, last_words: None, wasi, table: ResourceTable::new() }
    }
}

/// Remembers that it refused, so that the trap that follows can be named for what it is.
pub(crate) struct MemoryLimit {
    limits: StoreLimits,
    pub(crate) refused: bool,
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let granted = self.limits.memory_growing(current, desired, maximum)?;
        self.refused |= !granted;
        Ok(granted)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.limits.table_growing(current, desired, maximum)
    }

    fn instances(&self) -> usize {
        self.limits.instances()
    }

    fn tables(&self) -> usize {
        self.limits.tables()
    }

    fn memories(&self) -> usize {
        self.limits.memories()
    }
}

/// Everything a component may import.
pub(crate) fn link(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<StoreData>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    database::add_to_linker::<_, HasSelf<_>>(&mut linker, |data| data)?;
    state::add_to_linker::<_, HasSelf<_>>(&mut linker, |data| data)?;
    progress::add_to_linker::<_, HasSelf<_>>(&mut linker, |data| data)?;
    log::add_to_linker::<_, HasSelf<_>>(&mut linker, |data| data)?;
    files::add_to_linker::<_, HasSelf<_>>(&mut linker, |data| data)?;
    changes::add_to_linker::<_, HasSelf<_>>(&mut linker, |data| data)?;
    Ok(linker)
}

impl WasiView for StoreData {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl types::Host for StoreData {}

impl database::Host for StoreData {
    fn execute(
        &mut self,
        statements: Vec<database::Statement>,
    ) -> Result<Vec<database::Outcome>, database::BatchError> {
        self.services.execute(statements)
    }
}

impl state::Host for StoreData {
    fn get(&mut self, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>, state::StateError> {
        self.services.state_get(keys)
    }

    fn put(&mut self, entries: Vec<state::Entry>) -> Result<(), state::StateError> {
        self.services.state_put(entries)
    }

    fn set_secret(&mut self, keys: Vec<String>, secret: bool) -> Result<u32, state::StateError> {
        self.services.state_set_secret(keys, secret)
    }

    fn delete(&mut self, keys: Vec<String>) -> Result<u32, state::StateError> {
        self.services.state_delete(keys)
    }

    fn scan(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<state::Entry>, state::StateError> {
        self.services.state_scan(prefix, after, limit)
    }
}

impl progress::Host for StoreData {
    fn report(&mut self, progress: f64, total: Option<f64>, message: Option<String>) {
        self.services.report_progress(progress, total, message);
    }
}

impl log::Host for StoreData {
    fn write(&mut self, level: log::Level, mut message: String) {
        const KEPT: usize = 4 << 10;
        if message.len() > KEPT {
            message.truncate(message.floor_char_boundary(KEPT));
        }
        if level == log::Level::Critical {
            self.last_words = Some(message.clone());
        }
        self.services.write_log(level, message);
    }
}

impl files::Host for StoreData {
    fn find(&mut self, directory: String, patterns: Vec<String>) -> Result<Vec<files::Found>, files::FileError> {
        self.services.find_files(&directory, &patterns)
    }

    fn read(&mut self, directory: String, name: String) -> Result<Vec<u8>, files::FileError> {
        self.services.read_file(&directory, &name)
    }
}

impl changes::Host for StoreData {
    fn resource_updated(&mut self, uri: String) {
        self.services.changed(Change::Resource(uri));
    }

    fn list_changed(&mut self, list: changes::ChangedList) {
        self.services.changed(match list {
            changes::ChangedList::Tools => Change::Tools,
            changes::ChangedList::Prompts => Change::Prompts,
            changes::ChangedList::Resources => Change::Resources,
        });
    }
}
