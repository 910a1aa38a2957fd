//! Calls with numbers, and what the database says of them: whether each that was acknowledged was done, and none twice.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::ledger::{Answer, Call};
use crate::config::Settings;
use crate::model::SlotName;
use crate::model::sql::{Statement, Value as Column};
use crate::store::{DataDir, PluginDb};

/// The plan that the numbered tasks are parts of.
const PLAN: &str = "numbered-calls";

/// What the database says of the calls.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::cli) struct Books {
    /// Acknowledged, and not there.
    pub(in crate::cli) lost: usize,
    /// There more than once.
    pub(in crate::cli) doubled: usize,
    /// Neither acknowledged nor refused: the connection ended before.
    pub(in crate::cli) unanswered: usize,
    /// Of those, done nevertheless.
    pub(in crate::cli) kept: usize,
}

/// What makes the plan, as arguments of `orchestrator_plan_task`. Its parts are added by the callers.
pub(in crate::cli) fn numbered_plan() -> Value {
    json!({ "task_id": PLAN, "title": "Numbered calls", "description": "Each part is a call." })
}

/// What adds the part of that number.
pub(in crate::cli) fn numbered_part(number: u64) -> Map<String, Value> {
    let title = Value::from(number.to_string());
    let (plan, description) = (Value::from(PLAN), Value::from("A numbered call."));
    let arguments = [("parent_task_id", plan), ("title", title), ("description", description)];
    arguments.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

/// How often the database has each number. No host works on it.
pub(in crate::cli) fn read_back(dir: &DataDir) -> anyhow::Result<HashMap<u64, u64>> {
    let (settings, path) = (Settings::default(), dir.slot_database(&SlotName::orchestrator()));
    let sealer = Arc::new(DataDir::slot_sealer(&dir.keyring()?, &SlotName::orchestrator()));
    let mut db = PluginDb::open_reader(&path, &settings.database, settings.entry.crossing_bytes, sealer)?;
    let sql = "SELECT CAST(title AS INTEGER), count(*) FROM task
        WHERE parent = (SELECT seq FROM task WHERE id = ?1) GROUP BY 1";
    let select = Statement { sql: sql.to_owned(), parameters: vec![Column::Text(PLAN.to_owned())] };
    let mut outcomes = db.execute(&[select]).map_err(|(_, error)| error)?;
    let rows = outcomes.pop().map(|outcome| outcome.rows).unwrap_or_default();
    let row = |row: Vec<Column>| match row[..] {
        [Column::Integer(number), Column::Integer(times)] => Ok((u64::try_from(number)?, u64::try_from(times)?)),
        _ => anyhow::bail!("a numbered task has no number"),
    };
    rows.into_iter().map(row).collect::<anyhow::Result<_>>().context("what was kept cannot be read")
}

/// Compares what was acknowledged with what is there.
pub(in crate::cli) fn compare(calls: &[Call], kept: &HashMap<u64, u64>) -> Books {
    let mut books = Books::default();
    for call in calls.iter().filter(|call| call.writes) {
        let times = kept.get(&call.number).copied().unwrap_or(0);
        books.doubled += usize::from(times > 1);
        match call.answer {
            Answer::Done => books.lost += usize::from(times == 0),
            Answer::None => {
                books.unanswered += 1;
                books.kept += usize::from(times == 1);
            }
            // Told by itself.
            Answer::Refused => {}
        }
    }
    books
}
