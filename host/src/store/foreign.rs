//! SQLite files of other programs, which are only read: a copy is opened, so that nothing beside the original is touched.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value};
use tempfile::TempDir;

/// What every SQLite file begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// What SQLite keeps beside a file: what was written and is not in it yet.
const BESIDE: [&str; 2] = ["-wal", "-journal"];
/// How often a copy is begun anew because somebody wrote meanwhile.
const ATTEMPTS: usize = 5;

/// Why a file cannot be read. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is empty", path.display())]
    Empty { path: PathBuf },
    #[error(
        "{} is no SQLite database, or it is encrypted: name the folder that has the right file, or decrypt it first",
        path.display()
    )]
    NotSqlite { path: PathBuf },
    #[error("{} is being written to: end the program that has it open, and try again", path.display())]
    Busy { path: PathBuf },
    #[error(
        "{} is damaged ({what}): put a backup of it in its place, or save what is left with `sqlite3 FILE .recover`",
        path.display()
    )]
    Damaged { path: PathBuf, what: String },
    #[error("could not make a copy of {} to read: make room among temporary files", path.display())]
    Copy { path: PathBuf, source: io::Error },
}

/// A file that is whole, as it was when it was opened.
#[derive(Debug)]
pub struct Foreign {
    path: PathBuf,
    connection: Connection,
    /// Goes with the connection.
    _copy: TempDir,
}

impl Foreign {
    /// Copies the file with what is beside it, and looks whether it is sound.
    ///
    /// # Errors
    /// If it is no SQLite file that can be read.
    pub fn open(path: &Path) -> Result<Self, ForeignError> {
        let path = path.to_owned();
        check_header(&path)?;
        let copy = tempfile::Builder::new().prefix("mainstay-").tempdir();
        let copy = copy.map_err(|source| ForeignError::Copy { path: path.clone(), source })?;
        let file = copy.path().join("copy.sqlite");
        copy_unchanged(&path, &file)?;
        let damaged = |error: rusqlite::Error| ForeignError::Damaged { path: path.clone(), what: error.to_string() };
        let access = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&file, access).map_err(damaged)?;
        let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|error| {
            match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::NotADatabase) => ForeignError::NotSqlite { path: path.clone() },
                _ => damaged(error),
            }
        })?;
        if found != "ok" {
            return Err(ForeignError::Damaged { path, what: found });
        }
        Ok(Self { path, connection, _copy: copy })
    }

    /// Its tables, by name.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn tables(&self) -> Result<Vec<String>, ForeignError> {
        self.read_tables().map_err(|error| self.damaged(&error))
    }

    /// The rows of a table, as they were added. Numbers and texts are themselves; what is neither is null.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn rows(&self, table: &str) -> Result<Vec<Map<String, Value>>, ForeignError> {
        self.read_rows(table).map_err(|error| self.damaged(&error))
    }

    fn read_tables(&self) -> rusqlite::Result<Vec<String>> {
        let mut select =
            self.connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
        let names = select.query_map([], |row| row.get(0))?;
        names.collect()
    }

    fn read_rows(&self, table: &str) -> rusqlite::Result<Vec<Map<String, Value>>> {
        let quoted = table.replace('"', "\"\"");
        let mut select = self.connection.prepare(&format!("SELECT * FROM \"{quoted}\""))?;
        let names: Vec<String> = select.column_names().map(str::to_owned).collect();
        let cells = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Map<String, Value>> {
            let cells = names.iter().enumerate().map(|(at, name)| Ok((name.clone(), value(row.get_ref(at)?))));
            cells.collect()
        };
        let rows = select.query_map([], cells)?;
        rows.collect()
    }

    fn damaged(&self, error: &rusqlite::Error) -> ForeignError {
        ForeignError::Damaged { path: self.path.clone(), what: error.to_string() }
    }
}

fn value(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        ValueRef::Null | ValueRef::Blob(_) => Value::Null,
    }
}

fn check_header(path: &Path) -> Result<(), ForeignError> {
    let unreadable = |source| ForeignError::Unreadable { path: path.to_owned(), source };
    let mut header = Vec::new();
    let most = u64::try_from(MAGIC.len()).unwrap_or_default();
    fs::File::open(path).map_err(unreadable)?.take(most).read_to_end(&mut header).map_err(unreadable)?;
    match header.as_slice() {
        [] => Err(ForeignError::Empty { path: path.to_owned() }),
        header if header == MAGIC => Ok(()),
        _ => Err(ForeignError::NotSqlite { path: path.to_owned() }),
    }
}

/// Copies a file with what is beside it, all of one moment.
fn copy_unchanged(path: &Path, to: &Path) -> Result<(), ForeignError> {
    for _ in 0..ATTEMPTS {
        let before = state(path);
        let copy = |from: &Path, to: &Path| {
            fs::copy(from, to).map_err(|source| ForeignError::Copy { path: from.to_owned(), source })
        };
        copy(path, to)?;
        for beside in BESIDE {
            let (from, to) = (with_suffix(path, beside), with_suffix(to, beside));
            if from.exists() {
                copy(&from, &to)?;
            } else {
                drop(fs::remove_file(&to));
            }
        }
        if state(path) == before {
            return Ok(());
        }
    }
    Err(ForeignError::Busy { path: path.to_owned() })
}

/// Length and time of a file and of what is beside it.
fn state(path: &Path) -> Vec<Option<(u64, SystemTime)>> {
    let files = std::iter::once(path.to_owned()).chain(BESIDE.map(|beside| with_suffix(path, beside)));
    files.map(|file| fs::metadata(file).ok().and_then(|file| Some((file.len(), file.modified().ok()?)))).collect()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests;
