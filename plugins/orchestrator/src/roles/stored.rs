//! The roles files of a workspace: read when they changed, and kept as they were when they last made sense.

use std::collections::BTreeMap;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{FileError, Found};

use super::file::{self, RoleFile};
use super::yaml::Trouble;
use crate::limits::shortened;
use crate::workspace::Workspace;

/// Where roles are looked for; what is found later changes what was found before.
const FILES: [&str; 4] =
    [".task_orchestrator/roles/*.yaml", ".task_orchestrator/roles/*.yml", "*_roles.yaml", "*_roles.yml"];

/// Files of one workspace.
const MOST: usize = 32;

/// Bytes of one file.
pub(super) const BYTES: u64 = 256 * 1024;

/// Milliseconds within which a file can change twice and look the same.
const UNCERTAIN: u64 = 2_000;

/// What one file says, or last said when it made sense.
#[derive(Debug)]
pub(super) struct Version {
    /// Of the file, or the pattern of files that could not be looked for.
    name: String,
    /// Size and time of what was looked at.
    stamp: String,
    /// None if it never made sense.
    pub(super) file: Option<RoleFile>,
    /// What is wrong with it now, for people.
    pub(super) problem: Option<String>,
    /// It differs from what is kept.
    is_new: bool,
}

/// A row of the table `role_file`.
#[derive(Debug)]
struct Row {
    stamp: String,
    content: Option<String>,
    read_at: i64,
    problem: Option<String>,
}

/// The files as they are now, in their order.
pub(super) fn look(cx: &Context<'_>, workspace: &Workspace) -> Result<Vec<Version>, Failure> {
    // Each on its own: some may be granted and others not, or not to be looked at now.
    let found = FILES.map(|pattern| (pattern, cx.files().find(&workspace.path, &[pattern])));
    if found.iter().all(|(_, found)| found.as_ref().map_or_else(is_not_granted, Vec::is_empty)) {
        return Ok(Vec::new());
    }
    let mut rows = rows(cx, workspace)?;
    let (mut versions, mut has_failed, mut left_out) = (Vec::new(), false, 0);
    for (pattern, found) in found {
        match found {
            Ok(found) => {
                let room = MOST.saturating_sub(versions.len());
                let mut files = found.into_iter().filter(|found| !found.is_directory);
                let read = files.by_ref().take(room);
                versions.extend(read.filter_map(|found| version(cx, workspace, &found, rows.remove(&found.name))));
                left_out += files.count();
            }
            Err(error) if is_not_granted(&error) => {}
            Err(error) => {
                if !std::mem::replace(&mut has_failed, true) {
                    versions.push(failed(pattern, &error));
                }
                let names: Vec<_> = rows.keys().filter(|name| matches(pattern, name)).cloned().collect();
                versions.extend(names.into_iter().filter_map(|name| rows.remove(&name).map(|row| kept(name, row))));
            }
        }
    }
    versions.extend((left_out > 0).then(|| too_many(left_out)));
    Ok(versions)
}

/// Then there are no roles of its own: nothing is granted, or the host knows no such path.
fn is_not_granted(error: &FileError) -> bool {
    matches!(error, FileError::NotGranted(_) | FileError::Invalid(_))
}

/// Whether a name is one that `pattern`, with its one `*`, finds.
fn matches(pattern: &str, name: &str) -> bool {
    let (before, after) = pattern.split_once('*').unwrap_or((pattern, ""));
    let middle = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    middle.is_some_and(|middle| !middle.contains('/'))
}

/// In place of files that could not be looked for.
fn failed(pattern: &str, error: &FileError) -> Version {
    let why = shortened(&error.to_string(), 200);
    let problem = format!("Roles files {pattern} cannot be looked for: {why}; what they last said stays in force.");
    Version { name: pattern.to_owned(), stamp: String::new(), file: None, problem: Some(problem), is_new: false }
}

/// In place of files beyond those that are read.
fn too_many(left_out: usize) -> Version {
    let problem = format!("{left_out} more roles files are left out: at most {MOST} are read; put some into one.");
    Version { name: String::new(), stamp: String::new(), file: None, problem: Some(problem), is_new: false }
}

/// A file as it was when it was last looked at.
fn kept(name: String, row: Row) -> Version {
    let file = row.content.and_then(|json| serde_json::from_str(&json).ok());
    Version { name, stamp: row.stamp, file, problem: row.problem, is_new: false }
}

/// Keeps what was read; files that are gone are forgotten.
pub(super) fn keep(cx: &Context<'_>, workspace: &Workspace, versions: &[Version]) -> Result<(), Failure> {
    if workspace.id == 0 {
        return Ok(());
    }
    let upsert = "INSERT INTO role_file (workspace_id, name, stamp, content, read_at, problem)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (workspace_id, name)
        DO UPDATE SET stamp = ?3, content = ?4, read_at = ?5, problem = ?6";
    let mut statements = Vec::new();
    for version in versions.iter().filter(|version| version.is_new) {
        let Version { name, stamp, file, problem, .. } = version;
        let content = file.as_ref().map(serde_json::to_string).transpose()?;
        let values = params![workspace.id, name, stamp, content, cx.now().cast_signed(), problem.as_ref()];
        statements.push(Statement::new(upsert, values));
    }
    let names: Vec<_> = versions.iter().map(|version| version.name.as_str()).collect();
    let kept = "SELECT name FROM role_file WHERE workspace_id = ?1";
    for (name,) in cx.db().query::<(String,)>(kept, params![workspace.id])? {
        if !names.contains(&name.as_str()) {
            let forget = "DELETE FROM role_file WHERE workspace_id = ?1 AND name = ?2";
            statements.push(Statement::new(forget, params![workspace.id, name]));
        }
    }
    cx.db().batch(statements)?;
    Ok(())
}

fn rows(cx: &Context<'_>, workspace: &Workspace) -> Result<BTreeMap<String, Row>, Failure> {
    let sql = "SELECT name, stamp, content, read_at, problem FROM role_file WHERE workspace_id = ?1";
    type Columns = (String, String, Option<String>, i64, Option<String>);
    let rows = cx.db().query::<Columns>(sql, params![workspace.id])?;
    let row = |(name, stamp, content, read_at, problem)| (name, Row { stamp, content, read_at, problem });
    Ok(rows.into_iter().map(row).collect())
}

/// None if the file has just gone.
fn version(cx: &Context<'_>, workspace: &Workspace, found: &Found, row: Option<Row>) -> Option<Version> {
    let stamp = format!("{} {}", found.size, found.modified);
    // What another version of this code kept in another shape is read again.
    let kept = row.as_ref().and_then(|row| row.content.as_ref()).map(|json| serde_json::from_str::<RoleFile>(json));
    let is_readable = !matches!(kept, Some(Err(_)));
    let kept = kept.and_then(Result::ok);
    if let Some(row) = row.filter(|row| row.stamp == stamp && is_readable && is_certain(row, found)) {
        return Some(Version { name: found.name.clone(), stamp, file: kept, problem: row.problem, is_new: false });
    }
    let (file, problem) = match read(cx, workspace, found) {
        Ok(file) => (Some(file?), None),
        Err(trouble) => {
            let before = if kept.is_some() { "its last good version stays in force" } else { "it is left out" };
            (kept, Some(problem(&found.name, &trouble, before)))
        }
    };
    Some(Version { name: found.name.clone(), stamp, file, problem, is_new: true })
}

/// It was read long enough after it was written.
fn is_certain(row: &Row, found: &Found) -> bool {
    row.read_at >= found.modified.saturating_add(UNCERTAIN).cast_signed()
}

fn read(cx: &Context<'_>, workspace: &Workspace, found: &Found) -> Result<Option<RoleFile>, Trouble> {
    if found.size > BYTES {
        return Err(Trouble::at(0, format!("it has {} bytes; at most {BYTES} are read", found.size)));
    }
    match cx.files().read_text(&workspace.path, &found.name) {
        Ok(text) if text.len() as u64 > BYTES => Err(Trouble::at(0, format!("it has over {BYTES} bytes"))),
        Ok(text) => file::parse(&text).map(Some),
        Err(FileError::NotFound) => Ok(None),
        Err(error) => Err(Trouble::at(0, error.to_string())),
    }
}

fn problem(name: &str, trouble: &Trouble, before: &str) -> String {
    let place = if trouble.line > 0 { format!(", line {}", trouble.line) } else { String::new() };
    format!("Roles file {name}{place}: {}; {before}.", shortened(&trouble.what, 200))
}
