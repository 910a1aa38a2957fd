//! Copies of the data, to go back to when all else fails: a file each, complete or not there.
//!
//! A copy is of one moment, also while a host writes. Sealed values are copied as they are: without the key that they were
//! sealed with, nobody reads them from a copy either.
//!
//! All of it waits for the disk: call it where a thread may wait.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDateTime};
use rusqlite::backup::{Backup as Copying, StepResult};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use serde::Serialize;

use super::components::sync_folder;
use super::data_dir::{DataDir, make_private_folder, private_options};
use super::plugin_db::StoreError;
use super::{host_db, schema};
use crate::model::{Generation, SlotName};

/// How long to wait for a file that is busy, which it is for moments only.
const BUSY: Duration = Duration::from_secs(10);
/// A copy that is not finished after this is of a process that is gone.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);
/// Copies that are not finished begin with this.
const UNFINISHED: &str = ".new-";
/// In place of a slot's name: no slot has such a one.
const HOST: &str = "_host";
/// UTC, to the millisecond, such as `20261121T090524123Z`.
const TIME: &str = "%Y%m%dT%H%M%S%3fZ";

/// A copy of a slot's data, or of the host's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// None if it is of the host's own file.
    pub slot: Option<SlotName>,
    /// Which was active; none if the host's own file was copied, or nothing ever was active.
    pub generation: Option<Generation>,
    pub path: PathBuf,
    pub bytes: u64,
    /// Milliseconds since the epoch.
    pub taken_at: u64,
}

/// Why there is no copy. What was copied before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("there is no data of it yet: {} does not exist", path.display())]
    Nothing { path: PathBuf },
    #[error("{} is damaged ({what}): no copy was kept; go back to one that was made before", path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("{} was busy for {} s: try again", path.display(), BUSY.as_secs())]
    Busy { path: PathBuf },
    #[error("{} cannot be written: make room or make it writable", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("the data could not be copied")]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl BackupError {
    /// The same, or that `original` is damaged if that is what SQLite says.
    fn of(self, original: &Path) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Self::Store(StoreError::Sqlite(error))
                if matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase)) =>
            {
                Self::Damaged { path: original.to_owned(), what: error.to_string() }
            }
            other => other,
        }
    }
}

/// Copies the data of a slot as it is now. Whoever writes it is not held up.
///
/// # Errors
/// If there is no data, it is damaged, or there is no room.
pub fn backup_slot(dir: &DataDir, slot: &SlotName, now: u64, reason: &str) -> Result<Backup, BackupError> {
    let backup = back_up(dir, Some(slot), &dir.slot_database(slot), now)?;
    tracing::info!(%slot, reason, path = %backup.path.display(), bytes = backup.bytes, "a backup was made");
    Ok(backup)
}

/// Copies the host's own file as it is now.
///
/// # Errors
/// If there is none, it is damaged, or there is no room.
pub fn backup_host(dir: &DataDir, now: u64, reason: &str) -> Result<Backup, BackupError> {
    let backup = back_up(dir, None, &dir.host_database(), now)?;
    tracing::info!(reason, path = %backup.path.display(), bytes = backup.bytes, "a backup of the host's own file was made");
    Ok(backup)
}

/// Slots that have data, whether they are served or not, by name.
pub fn slots_with_data(dir: &DataDir) -> Vec<SlotName> {
    let slots = dir.slots_folder();
    let entries = fs::read_dir(slots).into_iter().flatten().flatten();
    let name = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_suffix(".sqlite")?.parse().ok();
    let mut slots: Vec<_> = entries.filter_map(name).collect();
    slots.sort();
    slots
}

/// The copies there are, newest first.
///
/// # Errors
/// If the folder is there and cannot be read.
pub fn backups(dir: &DataDir) -> Result<Vec<Backup>, BackupError> {
    let folder = dir.backups_folder();
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(BackupError::Folder { path: folder, source }),
    };
    let mut backups: Vec<_> = entries.flatten().filter_map(|entry| named(&entry.path())).collect();
    backups.sort_by(|a, b| (b.taken_at, &b.path).cmp(&(a.taken_at, &a.path)));
    Ok(backups)
}

/// Keeps the newest `keep` of each slot and of the host's own file, at least one, removes the others and returns those. What
/// cannot be removed stays and is logged.
///
/// # Errors
/// If the folder is there and cannot be read.
pub fn prune_backups(dir: &DataDir, keep: usize) -> Result<Vec<Backup>, BackupError> {
    remove_abandoned(&dir.backups_folder());
    let mut kept: std::collections::HashMap<Option<SlotName>, usize> = std::collections::HashMap::new();
    let mut removed = Vec::new();
    for backup in backups(dir)? {
        let newer = kept.entry(backup.slot.clone()).or_default();
        *newer += 1;
        if *newer <= keep.max(1) {
            continue;
        }
        match fs::remove_file(&backup.path) {
            Ok(()) => removed.push(backup),
            Err(error) => tracing::warn!(path = %backup.path.display(), %error, "an old backup could not be removed"),
        }
    }
    Ok(removed)
}

fn back_up(dir: &DataDir, slot: Option<&SlotName>, original: &Path, now: u64) -> Result<Backup, BackupError> {
    if !original.exists() {
        return Err(BackupError::Nothing { path: original.to_owned() });
    }
    let folder = dir.backups_folder();
    let cannot = |source| BackupError::Folder { path: folder.clone(), source };
    make_private_folder(&folder).map_err(cannot)?;
    // SQLite makes files of its own beside the copy: all of them go with the folder, whatever happens.
    let beside = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&folder).map_err(cannot)?;
    let unfinished = beside.path().join("copy.sqlite");
    let file = private_options().open(&unfinished).map_err(cannot)?;
    let generation = copy(original, &unfinished, slot.is_none()).map_err(|error| error.of(original))?;
    file.sync_all().map_err(cannot)?;
    let bytes = file.metadata().map_err(cannot)?.len();
    let path = folder.join(name(slot, generation, now));
    fs::rename(&unfinished, &path).and_then(|()| sync_folder(&path)).map_err(cannot)?;
    Ok(Backup { slot: slot.cloned(), generation, path, bytes, taken_at: now })
}

/// Copies one moment of `original`, looks whether the copy is sound, and says which generation was active.
fn copy(original: &Path, to: &Path, of_host: bool) -> Result<Option<Generation>, BackupError> {
    let source = open(original, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut copy = open(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let copying = Copying::new(&source, &mut copy)?;
    let until = Instant::now() + BUSY;
    // In one go: a writer does not wait for readers, and a copy that is made in pieces begins anew with each commit.
    while copying.step(-1)? != StepResult::Done {
        if Instant::now() > until {
            return Err(BackupError::Busy { path: original.to_owned() });
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(copying);
    // One file, with nothing beside it that would have to be kept with it.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    let application: i64 = copy.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != if of_host { host_db::APPLICATION_ID } else { schema::APPLICATION_ID } {
        return Err(StoreError::NotOurs.into());
    }
    let found: String = copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(BackupError::Damaged { path: original.to_owned(), what: found });
    }
    if of_host {
        return Ok(None);
    }
    let active = copy.query_row("SELECT generation FROM _mainstay_slot WHERE id = 1", [], |row| row.get(0));
    Ok(active.optional()?.map(Generation))
}

fn open(path: &Path, access: OpenFlags) -> Result<Connection, BackupError> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// What a copy is called: what [`named`] reads.
fn name(slot: Option<&SlotName>, generation: Option<Generation>, now: u64) -> String {
    let time = i64::try_from(now).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default().format(TIME);
    let of = slot.map_or(HOST, SlotName::as_str);
    match generation {
        Some(generation) => format!("{of}-{time}-g{generation}.sqlite"),
        None => format!("{of}-{time}.sqlite"),
    }
}

/// What a file is a copy of, by its name; none if it is something else.
fn named(path: &Path) -> Option<Backup> {
    let rest = path.file_name()?.to_str()?.strip_suffix(".sqlite")?;
    let (rest, generation) = match rest.rsplit_once("-g") {
        Some((before, number)) if number.bytes().all(|b| b.is_ascii_digit()) => {
            (before, Some(Generation(number.parse().ok()?)))
        }
        _ => (rest, None),
    };
    let (of, time) = rest.rsplit_once('-')?;
    let taken_at = NaiveDateTime::parse_from_str(time, TIME).ok()?.and_utc().timestamp_millis();
    let slot = if of == HOST { None } else { Some(of.parse().ok()?) };
    let (bytes, taken_at) = (fs::metadata(path).ok()?.len(), u64::try_from(taken_at).ok()?);
    Some(Backup { slot, generation, path: path.to_owned(), bytes, taken_at })
}

/// Removes what a process left behind that ended in the middle of a copy.
fn remove_abandoned(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for left in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(UNFINISHED)) {
        let modified = left.metadata().and_then(|metadata| metadata.modified()).ok();
        let old = modified.and_then(|at| at.elapsed().ok()).is_some_and(|age| age > ABANDONED);
        if old && let Err(error) = fs::remove_dir_all(left.path()) {
            tracing::warn!(%error, path = %left.path().display(), "a left-over copy could not be removed");
        }
    }
}

#[cfg(test)]
mod tests;
