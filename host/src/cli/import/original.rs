//! A folder `.task_orchestrator` of the Python program: rows of its databases, its artifacts and its templates. What they
//! mean is the orchestrator's to know; here is only where they are, and that what others refer to goes first.
//! [`folder`] knows what lies in it, and names what is not taken.

mod folder;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use self::folder::{Folder, Kind};
use super::{Cargo, batches};
use crate::cli::exit_code::WrongUsage;
use crate::cli::export::absolute;
use crate::store::Foreign;

/// Tables that are sent, in order.
const TABLES: [&str; 10] = [
    "task_breakdowns",
    "subtasks",
    "tasks",
    "generic_tasks",
    "task_attributes",
    "task_events",
    "task_artifacts",
    "task_dependencies",
    "task_templates",
    "task_archives",
];
/// Those without which there is nothing.
const TASKS: [&str; 4] = ["task_breakdowns", "subtasks", "tasks", "generic_tasks"];
/// A longer file is not sent, in bytes.
const LONGEST: u64 = 4 << 20;
/// Templates are sent at once up to so many bytes, else one by one.
const TOGETHER: usize = 4 << 20;
/// Files of artifacts that are looked at.
const FILES: usize = 100_000;

pub(super) fn read(folder: &Path, into: Option<String>) -> anyhow::Result<Cargo> {
    let root = folder.canonicalize().with_context(|| format!("{} cannot be read", folder.display()))?;
    let into = match into {
        Some(into) => into,
        None => absolute(root.parent().unwrap_or(&root))?,
    };
    let mut notes = Vec::new();
    let listed = Folder::read(&root)?;
    let databases: Vec<_> = listed.of(Kind::Database).map(|name| root.join(name)).collect();
    let mut rows: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    let mut seen = Vec::new();
    for database in &databases {
        read_database(database, &mut rows, &mut seen, &mut notes)?;
    }
    if !seen.iter().any(|table| TASKS.contains(&table.as_str())) {
        let there: Vec<_> = databases.iter().map(|path| path.display().to_string()).collect();
        let there = if there.is_empty() { "no database".to_owned() } else { there.join(", ") };
        let problem = format!(
            "{} has none of the tables {}; there is {there}: nothing was taken. Name a folder that the Python program \
             has used",
            folder.display(),
            TASKS.join(", ")
        );
        return Err(WrongUsage(problem).into());
    }
    let mut groups: Vec<Vec<Value>> = rows.into_values().flatten().map(|row| vec![row]).collect();
    groups.extend(artifacts(&root, &listed)?);
    // Together, because one may extend another.
    let templates: Vec<_> = listed.of(Kind::Template).map(|name| file(&root, name)).collect::<Result<_, _>>()?;
    let together = if batches::size(&templates) <= TOGETHER { batches::RECORDS } else { 1 };
    groups.extend(templates.chunks(together).map(<[Value]>::to_vec));
    notes.extend(listed.of(Kind::Roles).map(|name| {
        let path = root.join(name);
        format!("roles in {}: used where they are, in this directory; copy the file for others", path.display())
    }));
    notes.extend(listed.not_taken());
    Ok(Cargo { source: "python", into: Some(into), groups, twice: true, notes })
}

fn read_database(
    database: &Path,
    rows: &mut BTreeMap<usize, Vec<Value>>,
    seen: &mut Vec<String>,
    notes: &mut Vec<String>,
) -> anyhow::Result<()> {
    // It makes an empty file for what it never uses.
    if fs::metadata(database)?.len() == 0 {
        notes.push(format!("{} is empty and was passed over", database.display()));
        return Ok(());
    }
    let foreign = Foreign::open(database)?;
    let tables = foreign.tables()?;
    let has = |table: &str| tables.iter().any(|there| there == table);
    for (one, other) in [("task_breakdowns", "subtasks"), ("subtasks", "task_breakdowns")] {
        if has(one) && !has(other) {
            let problem = format!(
                "{} has the table {one} and not {other}, so it is not whole: nothing was taken. Put a backup in its place",
                database.display()
            );
            return Err(WrongUsage(problem).into());
        }
    }
    if !TASKS.iter().any(|table| has(table)) {
        notes.push(format!("{} has no table of tasks and was passed over", database.display()));
        return Ok(());
    }
    for (index, table) in TABLES.into_iter().enumerate().filter(|(_, table)| has(table)) {
        seen.push(table.to_owned());
        let found = parents_first(foreign.rows(table)?);
        rows.entry(index).or_default().extend(found.into_iter().map(|row| json!({ "table": table, "row": row })));
    }
    Ok(())
}

/// The same rows, each after the one of the same table that it names as its parent.
fn parents_first(rows: Vec<Map<String, Value>>) -> Vec<Map<String, Value>> {
    let id = |row: &Map<String, Value>| row.get("task_id").or_else(|| row.get("id")).cloned().unwrap_or_default();
    let ids: HashSet<Value> = rows.iter().map(id).collect();
    let (mut sent, mut ordered, mut rest) = (HashSet::new(), Vec::new(), rows);
    loop {
        let waits = |row: &Map<String, Value>, sent: &HashSet<Value>| {
            row.get("parent_task_id").is_some_and(|parent| ids.contains(parent) && !sent.contains(parent))
        };
        let before = rest.len();
        let mut later = Vec::new();
        for row in rest {
            if waits(&row, &sent) {
                later.push(row);
            } else {
                sent.insert(id(&row));
                ordered.push(row);
            }
        }
        rest = later;
        // Rows that are each other's parents are left: the orchestrator tells what is wrong with them.
        if rest.is_empty() || rest.len() == before {
            ordered.append(&mut rest);
            return ordered;
        }
    }
}

/// Files of one artifact go together.
fn artifacts(root: &Path, listed: &Folder) -> anyhow::Result<Vec<Vec<Value>>> {
    let names: Vec<_> = listed.of(Kind::Artifact).collect();
    if names.len() > FILES {
        let problem = format!("{} has more than {FILES} files: nothing was taken", root.join("artifacts").display());
        return Err(WrongUsage(problem).into());
    }
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for name in names {
        let record = file(root, name)?;
        groups.entry(group(&slashed(name))).or_default().push(record);
    }
    Ok(groups.into_values().collect())
}

/// A file as it is sent; without its text if that is too long or none.
fn file(root: &Path, name: &Path) -> anyhow::Result<Value> {
    let path = root.join(name);
    let length = fs::metadata(&path)?.len();
    let text =
        if length <= LONGEST { fs::read(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok()) } else { None };
    Ok(json!({ "file": slashed(name), "text": text }))
}

fn slashed(name: &Path) -> String {
    name.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// What a file is about: the id in its name.
fn group(name: &str) -> String {
    let Some(at) = name.rfind("artifact_") else { return name.to_owned() };
    let (mark, rest) = name[at..].split_at("artifact_".len());
    let id: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    let folder = name.split('/').take(2).collect::<Vec<_>>().join("/");
    format!("{folder}/{mark}{id}")
}
