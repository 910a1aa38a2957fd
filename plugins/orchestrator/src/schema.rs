//! The tables, as migrations.

use mainstay_plugin::prelude::*;

/// Oldest first. One that has been released is never edited.
pub(crate) fn migrations() -> Vec<Migration> {
    vec![Migration { name: "tasks", up: include_str!("schema/0001_tasks.sql"), down: None }]
}

/// Fails if a table that the logic needs is missing or has other columns.
pub(crate) fn check(cx: &Context<'_>) -> Result<(), Failure> {
    let probes = [
        "SELECT id, path, created_at FROM workspace WHERE id = 0",
        "SELECT seq, id, waits_for, ready, gathered FROM task WHERE workspace_id = 0 AND ready = 1 ORDER BY seq LIMIT 1",
        "SELECT task, prerequisite FROM dependency WHERE prerequisite = 0",
        "SELECT status, tasks FROM status_count WHERE workspace_id = 0",
        "SELECT id, content FROM artifact WHERE workspace_id = 0 ORDER BY seq DESC LIMIT 1",
        "SELECT path FROM artifact_file WHERE artifact = 0",
        "SELECT kind, at FROM event WHERE workspace_id = 0 AND task_id = '' ORDER BY seq LIMIT 1",
    ];
    cx.db().batch(probes.into_iter().map(|sql| Statement::new(sql, params![])).collect())?;
    Ok(())
}
