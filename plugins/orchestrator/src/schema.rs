//! The tables, as migrations.

use mainstay_plugin::prelude::*;

/// Oldest first. One that has been released is never edited.
pub(crate) fn migrations() -> Vec<Migration> {
    let down = Some(include_str!("schema/0002_work.down.sql"));
    vec![
        Migration { name: "tasks", up: include_str!("schema/0001_tasks.sql"), down: None },
        Migration { name: "work", up: include_str!("schema/0002_work.sql"), down },
    ]
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
        "SELECT kind, agent, at FROM event WHERE workspace_id = 0 AND task_id = '' ORDER BY seq LIMIT 1",
        "SELECT task, priority, tail, below FROM work WHERE task = 0",
        "SELECT task FROM queue WHERE workspace_id = 0 ORDER BY priority DESC, tail DESC, task LIMIT 1",
        "SELECT agent, until FROM claim WHERE task = 0",
        "SELECT rowid FROM task_text WHERE task_text MATCH 'place:w0' LIMIT 1",
        "SELECT id FROM session WHERE workspace_id = 0 AND ended_at IS NULL ORDER BY last_active_at DESC LIMIT 1",
        "SELECT session FROM session_caller WHERE caller = ''",
        "SELECT stamp, content, problem FROM role_file WHERE workspace_id = 0 AND name = ''",
        "SELECT content FROM template WHERE workspace_id = 0 AND category = '' AND id = ''",
    ];
    cx.db().batch(probes.into_iter().map(|sql| Statement::new(sql, params![])).collect())?;
    Ok(())
}

#[cfg(test)]
mod tests;
