//! Puts data into the orchestrator's file while no host works on it, through the store, as the plugin would.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;

use super::Data;
use crate::config::Settings;
use crate::model::SlotName;
use crate::model::sql::{Statement, Value};
use crate::plugin::now;
use crate::store::{DataDir, PluginDb};

/// Bytes of a value in the state.
const VALUE: usize = 500;
/// Keys or tasks in one statement of the store.
const AT_ONCE: u32 = 50_000;

/// Adds what is missing. The file has been used by a host before.
pub(super) fn fill(dir: &DataDir, file: &Path, data: Data) -> anyhow::Result<()> {
    let _lock = dir.lock()?;
    let settings = Settings::default();
    let sealer = Arc::new(DataDir::slot_sealer(&dir.keyring()?, &SlotName::orchestrator()));
    let mut db = PluginDb::open(file, &settings.database, settings.entry.crossing_bytes, sealer)?;
    let generation = db.activation()?.context("no version has served yet")?.generation;
    db.begin(generation)?;
    match data {
        Data::StateKeys(keys) => state(&db, keys)?,
        Data::Tasks(tasks) => add_tasks(&mut db, tasks)?,
    }
    Ok(db.commit()?)
}

fn state(db: &PluginDb, keys: u32) -> anyhow::Result<()> {
    let mut entries = (0..keys).map(|key| (format!("bench/{key:07}"), vec![b'x'; VALUE])).peekable();
    while entries.peek().is_some() {
        let some: Vec<_> = entries.by_ref().take(1_000).collect();
        db.state_put(&some)?;
    }
    Ok(())
}

fn add_tasks(db: &mut PluginDb, tasks: u32) -> anyhow::Result<()> {
    // The numbers of those that are there have no gaps.
    let mut there = count(db)?;
    let sql = "WITH RECURSIVE number (seq) AS (SELECT ?1 + 1 UNION ALL SELECT seq + 1 FROM number WHERE seq < ?2)
        INSERT INTO task (seq, workspace_id, id, path, depth, position, title, type, status, complexity, specialist,
            created_at, updated_at, description)
        SELECT seq, (SELECT min(id) FROM workspace), 'bench-' || seq, printf('%08x', seq), 1, 0, 'Task ' || seq,
            'standard', 'pending', 'moderate', 'generic', ?3, ?3, 'Put there by the benchmark.'
        FROM number";
    while there < tasks {
        let next = tasks.min(there + AT_ONCE);
        let parameters = [i64::from(there), i64::from(next), now().cast_signed()].map(Value::Integer).to_vec();
        run(db, sql, parameters)?;
        there = next;
    }
    Ok(())
}

fn count(db: &mut PluginDb) -> anyhow::Result<u32> {
    let rows = run(db, "SELECT count(*) FROM task", Vec::new())?;
    match rows.first().map(Vec::as_slice) {
        Some([Value::Integer(count)]) => Ok(u32::try_from(*count)?),
        _ => anyhow::bail!("tasks cannot be counted"),
    }
}

fn run(db: &mut PluginDb, sql: &str, parameters: Vec<Value>) -> anyhow::Result<Vec<Vec<Value>>> {
    let outcomes = db.execute(&[Statement { sql: sql.to_owned(), parameters }]).map_err(|(_, error)| error)?;
    Ok(outcomes.into_iter().flat_map(|outcome| outcome.rows).collect())
}
