//! Artifacts: what was delivered for a task.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use crate::event;
use crate::limits::is_id_byte;
use crate::moment;
use crate::task::Task;
use crate::words::{ArtifactType, NextAction};

/// The template of their URIs.
pub(crate) const TEMPLATE: &str = "orchestrator://artifacts/{artifact_id}";
const PREFIX: &str = "orchestrator://artifacts/";
pub(crate) const MEDIA_TYPE: &str = "text/markdown";

/// What a specialist hands in.
#[derive(Debug)]
pub(crate) struct Delivery<'a> {
    pub(crate) artifact_type: ArtifactType,
    pub(crate) next_action: NextAction,
    pub(crate) summary: &'a str,
    pub(crate) content: &'a str,
    pub(crate) files: &'a [String],
    pub(crate) legacy: &'a [String],
}

/// The URI under which clients read an artifact.
pub(crate) fn uri(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// The id in a URI that [`uri`] made.
pub(crate) fn id_of(uri: &str) -> Option<&str> {
    uri.strip_prefix(PREFIX).filter(|id| !id.is_empty() && id.bytes().all(is_id_byte))
}

/// The artifact that an identical delivery for `task` has already become, if it was the last.
pub(crate) fn same_as_last(cx: &Context<'_>, task: &Task, delivery: &Delivery<'_>) -> Result<Option<String>, Failure> {
    let sql = "SELECT id FROM artifact
        WHERE task = ?1 AND version = (SELECT max(version) FROM artifact WHERE task = ?1)
          AND next_action = ?2 AND summary = ?3 AND content = ?4";
    let parameters = params![task.seq, delivery.next_action, delivery.summary, delivery.content];
    Ok(cx.db().query_one::<(String,)>(sql, parameters)?.map(|row| row.0))
}

/// Stores a delivery as the next version for `task` and returns its id.
pub(crate) fn store(cx: &Context<'_>, task: &Task, delivery: &Delivery<'_>) -> Result<String, Failure> {
    let id = free_id(cx, task.workspace)?;
    let insert =
        "INSERT INTO artifact (workspace_id, id, task, version, type, next_action, created_at, summary, content)
        VALUES (?1, ?2, ?3, (SELECT coalesce(max(version), 0) + 1 FROM artifact WHERE task = ?3), ?4, ?5, ?6, ?7, ?8)
        RETURNING seq";
    let parameters = params![
        task.workspace,
        &id,
        task.seq,
        delivery.artifact_type,
        delivery.next_action,
        cx.now().cast_signed(),
        delivery.summary,
        delivery.content
    ];
    let seq = cx.db().query_one::<(i64,)>(insert, parameters)?.map_or(0, |row| row.0);
    let mut rest = vec![event::record(cx, task.workspace, &task.id, event::Kind::ArtifactAdded, None, Some(&id))];
    for (kind, paths) in [("file", delivery.files), ("legacy", delivery.legacy)] {
        for (position, path) in (0_u32..).zip(paths) {
            let insert = "INSERT INTO artifact_file (artifact, kind, position, path) VALUES (?1, ?2, ?3, ?4)";
            rest.push(Statement::new(insert, params![seq, kind, position, path]));
        }
    }
    cx.db().batch(rest)?;
    Ok(id)
}

fn free_id(cx: &Context<'_>, workspace: i64) -> Result<String, Failure> {
    loop {
        let id = format!("artifact_{:08x}", u32::from_be_bytes(cx.random()));
        let taken = "SELECT 1 FROM artifact WHERE workspace_id = ?1 AND id = ?2";
        if cx.db().query_one::<(i64,)>(taken, params![workspace, &id])?.is_none() {
            return Ok(id);
        }
    }
}

/// An artifact with all that is known of it.
#[derive(Debug)]
pub(crate) struct Artifact {
    seq: i64,
    task_id: String,
    title: String,
    specialist: String,
    version: i64,
    artifact_type: ArtifactType,
    next_action: NextAction,
    created_at: i64,
    summary: String,
    content: String,
}

impl FromRow for Artifact {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            seq: row.get("seq")?,
            task_id: row.get("task_id")?,
            title: row.get("title")?,
            specialist: row.get("specialist")?,
            version: row.get("version")?,
            artifact_type: row.get("type")?,
            next_action: row.get("next_action")?,
            created_at: row.get("created_at")?,
            summary: row.get("summary")?,
            content: row.get("content")?,
        })
    }
}

impl Artifact {
    pub(crate) fn find(cx: &Context<'_>, workspace: i64, id: &str) -> Result<Option<Self>, Failure> {
        let sql = "SELECT a.seq, t.id AS task_id, t.title, t.specialist, a.version, a.type, a.next_action,
                a.created_at, a.summary, a.content
            FROM artifact AS a JOIN task AS t ON t.seq = a.task WHERE a.workspace_id = ?1 AND a.id = ?2";
        Ok(cx.db().query_one(sql, params![workspace, id])?)
    }

    /// The work, under a small header.
    pub(crate) fn to_markdown(&self, cx: &Context<'_>) -> Result<String, Failure> {
        let sql = "SELECT path FROM artifact_file WHERE artifact = ?1 ORDER BY kind, position";
        let files: Vec<_> = cx.db().query::<(String,)>(sql, params![self.seq])?.into_iter().map(|row| row.0).collect();
        let Self { task_id, title, specialist, version, artifact_type, next_action, summary, content, .. } = self;
        let delivered = moment::format(self.created_at);
        let mut text = format!(
            "# {title}\n\n- Task: `{task_id}` ({specialist})\n- Delivered: {delivered}, version {version}, \
             {artifact_type}, next action {next_action}\n- Summary: {summary}\n"
        );
        if !files.is_empty() {
            text.push_str(&format!("- Files: {}\n", files.join(", ")));
        }
        Ok(format!("{text}\n---\n\n{content}"))
    }
}
