//! One plugin's SQLite file.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::corruption::Corruption;
use super::{authorizer, schema};
use crate::config::{DatabaseSettings, Synchronous};
use crate::model::Generation;
use crate::seal::{SealError, Sealer};
use crate::store::MigrationPlan;

/// Asked every so often while SQL runs; `true` stops it.
pub type Interrupt = Box<dyn Fn() -> bool + Send>;

/// How many instructions of SQLite's virtual machine run between two questions to the [`Interrupt`]:
/// some tens of microseconds.
const INTERRUPT_EVERY: i32 = 4_000;
/// Statements kept compiled on a connection: those of the host and the usual ones of a plugin.
const STATEMENTS: usize = 256;

/// A connection to a plugin's file, for the plugin's SQL and the host's.
pub struct PluginDb {
    connection: Connection,
    /// While a plugin's SQL is compiled or run: `Some`, with what was denied so far.
    mode: Arc<Mutex<Mode>>,
    read_only: bool,
    /// Beside a writer, with a snapshot for each entry.
    reader: bool,
    /// What a reader's snapshots have to be of, if it matters.
    expected: Cell<Option<Generation>>,
    /// A snapshot was of another generation.
    outdated: Cell<bool>,
    crossing_bytes: usize,
    /// For what the host keeps in the file and is nobody's business.
    sealer: Arc<Sealer>,
    /// What was found that does not open, until somebody asks.
    pub(super) corruption: RefCell<Option<Corruption>>,
}

#[derive(Debug, Default)]
struct Mode {
    plugin: bool,
    /// The text has a reserved name in it somewhere.
    mentions_reserved: bool,
    denied: Option<String>,
}

/// Why the store could not do what the host asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the file is of format {found}, written by Mainstay {written_by}; this version reads up to {}: use that version or a newer one",
        schema::FORMAT
    )]
    NewerFormat { found: i64, written_by: String },
    #[error("the file is a SQLite database, but not one of Mainstay's")]
    NotOurs,
    #[error("the data is of schema {found}, this plugin reads {min} to {max}: use a version of it that does")]
    SchemaOutOfRange { found: u32, min: u32, max: u32 },
    #[error(
        "the data is of schema {found}, that version reads up to {max}, and migration {name:?} to schema {schema} has no way back: what was written since it would be lost"
    )]
    NoWayBack { found: u32, max: u32, schema: u32, name: String },
    #[error("migration {name:?} to schema {schema} failed: {problem}")]
    Migration { schema: u32, name: String, problem: String },
    #[error(
        "the way back over migration {name:?} to schema {schema} would lose what was written since and has no place before it: {what}"
    )]
    WouldLose { schema: u32, name: String, what: String },
    #[error("the data belongs to plugin {found:?}, not to {wanted:?}")]
    OtherPlugin { found: String, wanted: String },
    #[error("generation {ours} may no longer write: {active} is active")]
    Fenced { ours: Generation, active: Generation },
    #[error("the disk is full: nothing was changed; free some space and try again")]
    Full,
    #[error("the transaction could not be committed: {0}")]
    NotCommitted(String),
    #[error(transparent)]
    Corrupt(#[from] Corruption),
    #[error("it could not be sealed")]
    Seal(#[source] SealError),
    #[error("there is no room for a copy of the data")]
    Scratch(#[source] std::io::Error),
    #[error("the database failed")]
    Sqlite(#[source] rusqlite::Error),
}

impl StoreError {
    /// A folder that is needed for a moment could not be made.
    pub fn scratch(error: std::io::Error) -> Self {
        Self::Scratch(error)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            _ => Self::Sqlite(error),
        }
    }
}

impl std::fmt::Debug for PluginDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginDb").field("path", &self.connection.path()).finish_non_exhaustive()
    }
}

impl PluginDb {
    /// Opens the file for writing and makes it if need be. There is one such connection a slot. What the host keeps
    /// in it is sealed with the slot's `sealer`.
    ///
    /// # Errors
    /// If the file is not ours, or newer than we are.
    pub fn open(
        path: &Path,
        settings: &DatabaseSettings,
        crossing_bytes: usize,
        sealer: Arc<Sealer>,
    ) -> Result<Self, StoreError> {
        if !path.exists() {
            // SQLite would make it readable to everyone.
            super::data_dir::private_options().open(path).map_err(|error| {
                let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
                StoreError::Sqlite(rusqlite::Error::SqliteFailure(code, Some(error.to_string())))
            })?;
        }
        let connection = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
        connection.busy_timeout(Duration::from_secs(5))?;
        // Before anything else: a file that is not ours stays as it is.
        schema::prepare(&connection, &sealer)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let synchronous = match settings.synchronous {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        Self::guarded(connection, settings, false, crossing_bytes, sealer)
    }

    /// Opens the file for reading only, beside the writer.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn open_reader(
        path: &Path,
        settings: &DatabaseSettings,
        crossing_bytes: usize,
        sealer: Arc<Sealer>,
    ) -> Result<Self, StoreError> {
        let connection = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_ONLY))?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "query_only", true)?;
        Self::guarded(connection, settings, true, crossing_bytes, sealer)
    }

    /// An empty database in memory: what a plugin would find at its very first start.
    ///
    /// # Errors
    /// If a migration of `plan` fails.
    pub fn in_memory(
        plan: &MigrationPlan,
        settings: &DatabaseSettings,
        crossing_bytes: usize,
    ) -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        let sealer = Arc::new(Sealer::throwaway());
        schema::prepare(&connection, &sealer)?;
        let mut db = Self::guarded(connection, settings, false, crossing_bytes, sealer)?;
        db.host("BEGIN")?;
        db.migrate(&plan.route(0, None)?)?;
        db.host("COMMIT")?;
        db.read_only = true;
        db.reader = true;
        Ok(db)
    }

    fn guarded(
        mut connection: Connection,
        settings: &DatabaseSettings,
        read_only: bool,
        crossing_bytes: usize,
        sealer: Arc<Sealer>,
    ) -> Result<Self, StoreError> {
        connection.pragma_update(None, "cache_size", -i64::from(settings.cache_kib))?;
        // Not in memory: the journal by which an entry can be undone would be there, as long as the entry is, and SQLite
        // goes through all of it after every statement. Up to 64 KiB it does not leave memory in any case.
        connection.pragma_update(None, "temp_store", temporary())?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        // The plan of a statement follows from its text alone. Without this SQLite compiles some statements again for
        // every value they are given, triggers and all.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::try_from(crossing_bytes).unwrap_or(i32::MAX))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let mode = Arc::new(Mutex::new(Mode::default()));
        let asked = Arc::clone(&mode);
        let authorize = move |context: AuthContext<'_>| {
            let mut mode = asked.lock();
            if !mode.plugin {
                return Authorization::Allow;
            }
            authorizer::decide(&context, mode.mentions_reserved).unwrap_or_else(|what| {
                mode.denied = Some(what);
                Authorization::Deny
            })
        };
        connection.authorizer(Some(authorize))?;
        let (expected, outdated) = (Cell::new(None), Cell::new(false));
        let corruption = RefCell::default();
        let reader = read_only;
        Ok(Self { connection, mode, read_only, reader, expected, outdated, crossing_bytes, sealer, corruption })
    }

    /// From now on the plugin's SQL is stopped as soon as `interrupt` says so. The host's own never is: a
    /// commit that has begun is brought to its end.
    ///
    /// # Errors
    /// If SQLite refuses the handler.
    pub fn interrupt_with(&mut self, interrupt: Interrupt) -> Result<(), StoreError> {
        let mode = Arc::clone(&self.mode);
        let asked = move || mode.lock().plugin && interrupt();
        Ok(self.connection.progress_handler(INTERRUPT_EVERY, Some(asked))?)
    }

    /// Begins a write transaction for `generation`.
    ///
    /// # Errors
    /// If another generation has been activated since: this one may no longer write.
    pub fn begin(&self, generation: Generation) -> Result<(), StoreError> {
        // Nothing is left open on purpose; what a failure left open is nobody's.
        self.rollback();
        self.host("BEGIN IMMEDIATE")?;
        match self.active_generation() {
            Ok(active) if active == generation => Ok(()),
            Ok(active) => {
                self.rollback();
                Err(StoreError::Fenced { ours: generation, active })
            }
            Err(error) => {
                self.rollback();
                Err(error.into())
            }
        }
    }

    /// Makes everything since [`PluginDb::begin`] durable.
    ///
    /// # Errors
    /// If it could not be; the caller still has to roll back.
    pub fn commit(&self) -> Result<(), StoreError> {
        self.host("COMMIT")
    }

    /// Sees to it that what an entry does is in a transaction: a reader's begins with the first statement,
    /// if there is one; a writer's has begun before.
    ///
    /// # Errors
    /// If SQLite has given up the writer's: what the entry goes on to write would be kept by itself.
    pub(super) fn in_transaction(&self) -> rusqlite::Result<()> {
        match (self.connection.is_autocommit(), self.reader) {
            (false, _) => Ok(()),
            (true, true) => self.snapshot(),
            (true, false) => {
                let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK);
                let why = "what this entry wrote has been undone, and it may not write again".to_owned();
                Err(rusqlite::Error::SqliteFailure(code, Some(why)))
            }
        }
    }

    fn active_generation(&self) -> rusqlite::Result<Generation> {
        let mut select = self.connection.prepare_cached("SELECT generation FROM _mainstay_slot WHERE id = 1")?;
        select.query_row([], |row| row.get(0).map(Generation))
    }

    /// Begins a reader's snapshot, which is of the expected generation or none.
    fn snapshot(&self) -> rusqlite::Result<()> {
        self.host_sql("BEGIN")?;
        let Some(expected) = self.expected.get() else { return Ok(()) };
        if self.active_generation()? == expected {
            return Ok(());
        }
        self.outdated.set(true);
        self.rollback();
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK);
        let why = "another version has taken over: what this entry answers will not be used".to_owned();
        Err(rusqlite::Error::SqliteFailure(code, Some(why)))
    }

    /// Of which generation a reader's snapshots have to be. In the moment of a swap, a reader of the version before
    /// would otherwise find the tables of the next.
    pub fn expect(&self, generation: Generation) {
        self.expected.set(Some(generation));
        self.outdated.set(false);
    }

    /// Whether a snapshot was refused since [`PluginDb::expect`].
    pub fn is_outdated(&self) -> bool {
        self.outdated.get()
    }

    /// The size of the database, in bytes.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn bytes(&self) -> Result<u64, StoreError> {
        let pages: u64 = self.connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        let size: u64 = self.connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        Ok(pages * size)
    }

    /// A copy of the data as it is now, in memory, or in `file` if it is named. Whoever writes the original is not
    /// held up.
    ///
    /// # Errors
    /// If there is no room for it.
    pub fn copy(&self, file: Option<&Path>, settings: &DatabaseSettings) -> Result<Self, StoreError> {
        let mut connection = match file {
            None => Connection::open_in_memory()?,
            Some(path) => {
                let made = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
                let connection = Connection::open_with_flags(path, flags(made))?;
                // It is thrown away: nothing of it need survive a crash.
                connection.pragma_update(None, "journal_mode", "MEMORY")?;
                connection.pragma_update(None, "synchronous", "OFF")?;
                connection
            }
        };
        let backup = Backup::new(&self.connection, &mut connection)?;
        while backup.step(-1)? != StepResult::Done {
            // The original is busy for the moment.
            std::thread::yield_now();
        }
        drop(backup);
        connection.pragma_update(None, "foreign_keys", true)?;
        Self::guarded(connection, settings, false, self.crossing_bytes, Arc::clone(&self.sealer))
    }

    /// Undoes everything since [`PluginDb::begin`].
    pub fn rollback(&self) {
        // SQLite has already rolled back by itself after some errors, and then says there is nothing to do.
        if !self.connection.is_autocommit()
            && let Err(error) = self.host("ROLLBACK")
        {
            tracing::error!(error = %error, "could not roll back");
        }
    }

    /// Begins an entry's savepoint.
    ///
    /// # Errors
    /// If SQLite cannot.
    pub fn savepoint(&self) -> Result<(), StoreError> {
        self.host("SAVEPOINT entry")
    }

    /// Keeps what the entry wrote, for the commit to come.
    ///
    /// # Errors
    /// If SQLite cannot.
    pub fn keep_entry(&self) -> Result<(), StoreError> {
        self.host("RELEASE entry")
    }

    /// Undoes what the entry wrote.
    ///
    /// # Errors
    /// If SQLite cannot.
    pub fn undo_entry(&self) -> Result<(), StoreError> {
        self.host("ROLLBACK TO entry")?;
        self.host("RELEASE entry")
    }

    /// Whether SQLite has given up the transaction by itself, as it does when the disk is full.
    pub fn lost_transaction(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Runs SQL of the host's own.
    pub(super) fn host(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.host_sql(sql)?)
    }

    pub(super) fn host_sql(&self, sql: &str) -> rusqlite::Result<()> {
        if sql.contains(';') {
            return self.connection.execute_batch(sql);
        }
        self.connection.prepare_cached(sql)?.raw_execute().map(drop)
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn read_only(&self) -> bool {
        self.read_only
    }

    /// Refuses writes of the plugin while set, and says whether it did before. A reader's connection refuses them anyway.
    pub fn set_read_only(&mut self, read_only: bool) -> bool {
        std::mem::replace(&mut self.read_only, read_only)
    }

    pub(super) fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    pub(super) fn crossing_bytes(&self) -> usize {
        self.crossing_bytes
    }

    /// What is compiled and run while the guard lives is the plugin's `sql`.
    pub(super) fn as_plugin(&self, sql: &str) -> PluginMode {
        let mentions_reserved = authorizer::mentions_reserved(sql);
        *self.mode.lock() = Mode { plugin: true, mentions_reserved, denied: None };
        PluginMode(Arc::clone(&self.mode))
    }
}

/// While this lives, SQL on the connection is the plugin's.
pub(super) struct PluginMode(Arc<Mutex<Mode>>);

impl PluginMode {
    /// What the authorizer denied, if anything.
    pub(super) fn denied(&self) -> Option<String> {
        self.0.lock().denied.take()
    }
}

impl Drop for PluginMode {
    fn drop(&mut self) {
        self.0.lock().plugin = false;
    }
}

/// Where SQLite keeps what is temporary: in memory if there is no folder that takes a file.
fn temporary() -> &'static str {
    static TEMPORARY: OnceLock<&str> = OnceLock::new();
    TEMPORARY.get_or_init(|| match tempfile::tempfile() {
        Ok(_) => "FILE",
        Err(error) => {
            let folder = std::env::temp_dir();
            tracing::warn!(folder = %folder.display(), %error, "no temporary files: long transactions are slower");
            "MEMORY"
        }
    })
}

fn flags(mode: OpenFlags) -> OpenFlags {
    // One thread uses a connection at a time; a mutex of SQLite's own would only cost.
    mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE
}
