//! Calls with numbers, so that it can be told afterwards whether each that was acknowledged was done, and none twice.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::super::load::{Answer, Call, Server, Work};
use crate::config::Settings;
use crate::model::SlotName;
use crate::model::sql::{Statement, Value as Column};
use crate::store::{DataDir, PluginDb};

/// The plan that the numbered tasks are parts of.
const PLAN: &str = "numbered-calls";
/// Callers that add a task each time, and callers that ask for the status.
const WRITERS: usize = 4;
const READERS: usize = 2;
/// Between two calls of one caller: some thousand calls a second in all leave the machine room for the rest.
const PAUSE: Duration = Duration::from_millis(2);

/// What the database says of the calls.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Books {
    /// Acknowledged, and not there.
    pub(super) lost: usize,
    /// There more than once.
    pub(super) doubled: usize,
    /// Neither acknowledged nor refused: the connection ended before.
    pub(super) unanswered: usize,
    /// Of those, done nevertheless.
    pub(super) kept: usize,
}

/// Makes the plan. Its parts are added by the callers.
pub(super) async fn prepare(server: &Server) -> anyhow::Result<()> {
    let plan = json!({ "task_id": PLAN, "title": "Numbered calls", "description": "Each part is a call." });
    server.call("orchestrator_plan_task", plan).await.map(drop)
}

pub(super) fn works() -> Vec<Work> {
    let writes = Work {
        tool: "orchestrator_plan_task",
        writes: true,
        arguments: Arc::new(|number| {
            let title = Value::from(number.to_string());
            let (plan, description) = (Value::from(PLAN), Value::from("A numbered call."));
            let arguments = [("parent_task_id", plan), ("title", title), ("description", description)];
            arguments.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
        }),
        pause: PAUSE,
    };
    let reads =
        Work { tool: "orchestrator_get_status", writes: false, arguments: Arc::new(|_| Map::new()), pause: PAUSE };
    [vec![writes; WRITERS], vec![reads; READERS]].concat()
}

/// How often the database has each number. No host works on it.
pub(super) fn read_back(dir: &DataDir) -> anyhow::Result<HashMap<u64, u64>> {
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
pub(super) fn compare(calls: &[Call], kept: &HashMap<u64, u64>) -> Books {
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
