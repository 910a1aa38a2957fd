//! What lies in the folder, by its name and place.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Levels of folders that are looked into.
const DEPTH: usize = 13;
/// Names that are given of files that are not taken, of each kind.
const NAMED: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Database,
    /// A database's log, which is read with it.
    Log,
    Artifact,
    Template,
    Roles,
    /// Not taken; what the report calls such files.
    Other(&'static str),
}

/// Everything there is, in order, by its path within the folder.
pub(super) struct Folder(Vec<(PathBuf, Kind)>);

impl Folder {
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut found = Vec::new();
        walk(root, DEPTH, &mut |path, not_followed| {
            let name = path.strip_prefix(root).unwrap_or(path).to_owned();
            let kind = not_followed.map_or_else(|| kind(&name), Kind::Other);
            found.push((name, kind));
        })?;
        found.sort();
        Ok(Self(found))
    }

    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &Path> {
        self.0.iter().filter(move |(_, of)| *of == kind).map(|(name, _)| name.as_path())
    }

    /// A line for each kind of file that nothing here corresponds to.
    pub(super) fn not_taken(&self) -> Vec<String> {
        let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (name, kind) in &self.0 {
            if let Kind::Other(kind) = kind {
                kinds.entry(kind).or_default().push(name.display().to_string());
            }
        }
        let line = |(kind, mut names): (&str, Vec<String>)| {
            let count = names.len();
            if count > NAMED {
                names.truncate(NAMED);
                names.push("…".to_owned());
            }
            format!("not taken: {count} of kind {kind}: {}", names.join(", "))
        };
        kinds.into_iter().map(line).collect()
    }
}

fn kind(name: &Path) -> Kind {
    let parts: Vec<_> = name.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    let [folders @ .., file] = parts.as_slice() else { return Kind::Other("other file") };
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_database = |extension: &str| matches!(extension, "db" | "sqlite" | "sqlite3");
    let logged = ["-wal", "-shm", "-journal"].into_iter().find_map(|end| extension.strip_suffix(end));
    match (folders, extension) {
        (["artifacts", ..], _) if !is_database(extension) => Kind::Artifact,
        _ if folders.contains(&"backups") => Kind::Other("backup"),
        _ if is_database(extension) => Kind::Database,
        _ if logged.is_some_and(is_database) => Kind::Log,
        (["roles"], "yaml" | "yml") => Kind::Roles,
        (["templates", ..], _) if *file == "metadata.json" => Kind::Other("list of templates"),
        (["templates", "user" | "shared"], "json5" | "json") => Kind::Template,
        (["templates", "builtin", ..], _) => Kind::Other("template of its library"),
        (_, "json") if file.starts_with("session_") => Kind::Other("session"),
        (_, "log") => Kind::Other("log"),
        _ => Kind::Other("other file"),
    }
}

/// Everything below a folder; what is not looked into comes with the reason.
fn walk(folder: &Path, depth: usize, found: &mut dyn FnMut(&Path, Option<&'static str>)) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_file() {
            found(&path, None);
        } else if kind.is_dir() && depth > 0 {
            walk(&path, depth - 1, found)?;
        } else if kind.is_dir() {
            found(&path, Some("folder that is too deep"));
        } else {
            found(&path, Some("link or device"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
