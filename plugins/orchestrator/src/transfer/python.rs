//! What the Python program of the same name kept: rows of its databases, and files of its artifacts and templates.
//!
//! Rows come as `{"table", "row"}`, files as `{"file", "text"}`, and what is above comes before what is below. All rows come
//! twice: first for themselves, then as `links` for what is between them, because a task may name one that comes later.
//! [`draft`] is what a task is made of, whichever table it was in; [`tables`] knows those. [`words`] has its vocabulary,
//! [`source`] reads its values, and [`artifact`] and [`template`] know the files.

mod artifact;
mod draft;
mod links;
mod source;
mod tables;
mod template;
mod words;

use mainstay_plugin::prelude::*;

use self::source::Row;
use super::Report;
use super::import::Object;
use crate::rank;
use crate::workspace::Workspace;

/// Why what belongs to a task is left out.
const DELETED: &str = "its task was deleted here";

/// In the table `imported`.
const SOURCE: &str = "python";

/// Takes what can be taken, and reports the rest.
pub(super) fn take(
    cx: &Context<'_>,
    workspace: &Workspace,
    links: bool,
    records: &[Object],
) -> Result<Report, Failure> {
    let mut taking = Taking { cx, workspace, report: Report::default(), touched: Vec::new() };
    for record in records {
        let text = |field: &str| record.get(field).and_then(serde_json::Value::as_str);
        match (text("table"), record.get("row").and_then(serde_json::Value::as_object), text("file")) {
            (Some(table), Some(row), _) if links => links::take(&mut taking, table, &Row::new(row))?,
            (Some(table), Some(row), _) => tables::take(&mut taking, table, &Row::new(row))?,
            // They are looked at together, below.
            (_, _, Some(file)) if template::is_of(file) => {}
            (_, _, Some(file)) if !links => artifact::from_file(&mut taking, file, text("text"), records)?,
            (_, _, Some(_)) => {}
            _ => taking.report.left_out("record", "is neither a row of a table nor a file"),
        }
    }
    template::take(&mut taking, links, records)?;
    rank::changed(cx, workspace.id, &taking.touched)?;
    Ok(taking.report)
}

/// One call's work.
struct Taking<'a> {
    cx: &'a Context<'a>,
    workspace: &'a Workspace,
    report: Report,
    /// Tasks whose minutes, status or dependencies are new.
    touched: Vec<i64>,
}

impl Taking<'_> {
    /// What became of something that was taken in before.
    fn imported(&self, kind: &str, key: &str) -> Result<Option<String>, Failure> {
        let sql = "SELECT target FROM imported WHERE workspace_id = ?1 AND source = ?2 AND kind = ?3 AND key = ?4";
        let found = self.cx.db().query_one::<(String,)>(sql, params![self.workspace.id, SOURCE, kind, key])?;
        Ok(found.map(|(target,)| target))
    }

    /// Whether a task that was taken in has not been deleted since.
    fn is_kept(&self, task: &str) -> Result<bool, Failure> {
        let sql = "SELECT 1 FROM task WHERE workspace_id = ?1 AND id = ?2";
        Ok(self.cx.db().query_one::<(i64,)>(sql, params![self.workspace.id, task])?.is_some())
    }

    fn remember(&self, kind: &str, key: &str, target: &str) -> Statement {
        let sql = "INSERT INTO imported (workspace_id, source, kind, key, target) VALUES (?1, ?2, ?3, ?4, ?5)";
        Statement::new(sql, params![self.workspace.id, SOURCE, kind, key, target])
    }
}
