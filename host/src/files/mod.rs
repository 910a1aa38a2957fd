//! Directories that a plugin names, and what of them it may see.
//!
//! Only looks, and only at what is granted. A directory is opened once, and all that is done in it goes from there: no
//! link that leads out of it is followed, however it is exchanged meanwhile.

use std::collections::HashSet;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata};

use crate::model::{Grant, is_name};

/// The most that is read of a file, in bytes. Enough for what people write by hand.
pub const READ_BYTES: u64 = 1 << 20;
/// The most that is found at once. More is no project's list of roles, and would only be thrown away.
pub const FOUND: usize = 1_000;
/// The most entries of directories that are looked at for it: an entry into a plugin is short.
pub const LOOKED_AT: usize = 10_000;

/// Something that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub name: String,
    pub is_directory: bool,
    pub size: u64,
    /// Milliseconds since the Unix epoch.
    pub modified: u64,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum FileError {
    /// Which pattern or name.
    NotGranted(String),
    NotFound,
    TooLarge(u64),
    Invalid(String),
    Failed(String),
}

/// What in `directory` matches one of `patterns`, in their order and then by name. Nothing, if it is not there.
///
/// # Errors
/// If a pattern is not granted, or the directory cannot be looked at.
pub fn find(grants: &[Grant], directory: &str, patterns: &[String]) -> Result<Vec<Found>, FileError> {
    let patterns: Vec<Grant> = patterns.iter().map(|pattern| granted(grants, pattern)).collect::<Result<_, _>>()?;
    let dir = match open(directory) {
        Err(FileError::NotFound) => return Ok(Vec::new()),
        other => other?,
    };
    let mut search = Search { dir, looked_at: 0, seen: HashSet::new(), found: Vec::new() };
    for pattern in &patterns {
        let steps: Vec<&str> = pattern.pattern().split('/').collect();
        // Each pattern may look through a large directory once.
        search.looked_at = 0;
        search.below("", &steps)?;
    }
    Ok(search.found)
}

/// The whole of an ordinary file.
///
/// # Errors
/// If it is not granted, not there, too large or something else.
pub fn read(grants: &[Grant], directory: &str, name: &str) -> Result<Vec<u8>, FileError> {
    if !is_name(name) {
        return Err(FileError::Invalid(format!("{name:?} is no name of a file below a directory")));
    }
    if !grants.iter().any(|grant| grant.reads() && grant.matches(name)) {
        return Err(FileError::NotGranted(name.to_owned()));
    }
    let dir = open(directory)?;
    let ordinary = |metadata: &Metadata| match metadata.is_file() {
        false => Err(FileError::Invalid(format!("{name:?} is no ordinary file"))),
        true if metadata.len() > READ_BYTES => Err(FileError::TooLarge(metadata.len())),
        true => Ok(()),
    };
    let failed = |error: io::Error| file_error(name, &error);
    // Opening a pipe would wait for whoever writes into it.
    ordinary(&dir.metadata(name).map_err(failed)?)?;
    let file = dir.open(name).map_err(failed)?;
    ordinary(&file.metadata().map_err(failed)?)?;
    let mut bytes = Vec::new();
    // It may have grown since.
    file.take(READ_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    let size = bytes.len() as u64;
    if size > READ_BYTES { Err(FileError::TooLarge(size)) } else { Ok(bytes) }
}

/// The pattern, if it is one of those that are granted, or a name that one of them is about.
fn granted(grants: &[Grant], pattern: &str) -> Result<Grant, FileError> {
    let refused = || FileError::NotGranted(pattern.to_owned());
    if let Some(grant) = grants.iter().find(|grant| grant.pattern() == pattern) {
        return Ok(grant.clone());
    }
    let is_granted = !pattern.contains(['*', '?']) && grants.iter().any(|grant| grant.matches(pattern));
    if is_granted { pattern.parse().map_err(|_| refused()) } else { Err(refused()) }
}

fn open(directory: &str) -> Result<Dir, FileError> {
    if !Path::new(directory).is_absolute() {
        return Err(FileError::Invalid(format!("{directory:?} is no absolute path")));
    }
    Dir::open_ambient_dir(directory, ambient_authority()).map_err(|error| match error.kind() {
        ErrorKind::NotADirectory => FileError::Invalid(format!("{directory:?} is no directory")),
        _ => file_error(directory, &error),
    })
}

/// A search in one directory.
struct Search {
    dir: Dir,
    looked_at: usize,
    seen: HashSet<String>,
    found: Vec<Found>,
}

impl Search {
    /// All that `steps` lead to from `above`, a name or nothing.
    fn below(&mut self, above: &str, steps: &[&str]) -> Result<(), FileError> {
        let Some((step, rest)) = steps.split_first() else { return Ok(()) };
        let names = if step.contains('*') { self.matching(above, step)? } else { vec![(*step).to_owned()] };
        for name in names {
            if self.found.len() == FOUND {
                return Ok(());
            }
            let name = if above.is_empty() { name } else { format!("{above}/{name}") };
            if rest.is_empty() {
                self.look_at(name);
            } else if self.dir.metadata(&name).is_ok_and(|metadata| metadata.is_dir()) {
                self.below(&name, rest)?;
            }
        }
        Ok(())
    }

    /// The names in a directory that a step with a `*` is about, sorted.
    fn matching(&mut self, above: &str, step: &str) -> Result<Vec<String>, FileError> {
        let here = if above.is_empty() { "." } else { above };
        let failed = |error: io::Error| file_error(here, &error);
        let pattern: Grant = step.parse().map_err(|_| FileError::NotGranted(step.to_owned()))?;
        let mut names = Vec::new();
        for entry in self.dir.read_dir(here).map_err(failed)? {
            self.looked_at += 1;
            if self.looked_at > LOOKED_AT {
                return Err(FileError::Failed(format!("more than {LOOKED_AT} files are there to be looked at")));
            }
            // What is not UTF-8 has no name here.
            let name = entry.map_err(failed)?.file_name().into_string();
            names.extend(name.ok().filter(|name| pattern.matches(name)));
        }
        names.sort();
        Ok(names)
    }

    /// Adds what has that name, if it is a file or a directory. A link that leads out, or nowhere, is neither.
    fn look_at(&mut self, name: String) {
        let Ok(metadata) = self.dir.metadata(&name) else { return };
        if !metadata.is_file() && !metadata.is_dir() {
            return;
        }
        if self.seen.insert(name.clone()) {
            let modified = metadata.modified().ok().map(cap_std::time::SystemTime::into_std);
            let since = modified.and_then(|modified| modified.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
            let size = if metadata.is_file() { metadata.len() } else { 0 };
            let modified = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
            self.found.push(Found { name, is_directory: metadata.is_dir(), size, modified });
        }
    }
}

fn file_error(name: &str, error: &io::Error) -> FileError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => FileError::NotFound,
        // How a link that leads out is refused.
        ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
            FileError::Invalid(format!("{name:?} leads out of the directory"))
        }
        ErrorKind::InvalidInput | ErrorKind::InvalidFilename => FileError::Invalid(format!("{name:?}: {error}")),
        _ => FileError::Failed(format!("{name:?}: {error}")),
    }
}

#[cfg(test)]
mod tests;
