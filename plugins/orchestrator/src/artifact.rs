//! Artifacts: what was delivered for a task, and what was written beside it.
//!
//! A delivery has no name and stays as it is; what has a name can be written again, which makes a new version, and
//! its last version can be added to. Texts are kept in [`pieces`], so that nothing ever reads or writes more than it
//! is about; [`found`] reads them, [`named`] writes them piece by piece.

mod found;
mod named;
mod pieces;
mod text;

use mainstay_plugin::prelude::*;

pub(crate) use self::found::{Artifact, Part};
pub(crate) use self::named::{Named, Written, append, write};
pub(crate) use self::text::{check_media_type, check_name, check_text};
use crate::event;
use crate::limits::is_id_byte;
use crate::task::Task;
use crate::words::{ArtifactType, NextAction};

/// The templates of their URIs.
pub(crate) const TEMPLATE: &str = "orchestrator://artifacts/{artifact_id}";
pub(crate) const PART_TEMPLATE: &str = "orchestrator://artifacts/{artifact_id}/{offset}";
const PREFIX: &str = "orchestrator://artifacts/";
pub(crate) const MEDIA_TYPE: &str = "text/markdown";

/// Bytes of one artifact, all of its pieces together.
pub(crate) const BYTES: u64 = 1024 * 1024 * 1024;

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

/// What goes into a row, whether it is a delivery or has a name.
struct New<'a> {
    name: Option<&'a str>,
    media_type: &'a str,
    artifact_type: ArtifactType,
    next_action: NextAction,
    summary: &'a str,
    content: &'a str,
}

/// The URI under which clients read an artifact.
pub(crate) fn uri(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// The URI of what follows `offset` bytes.
pub(crate) fn uri_of_part(id: &str, offset: u64) -> String {
    format!("{PREFIX}{id}/{offset}")
}

/// The id in a URI that [`uri`] or [`uri_of_part`] made, and the offset if there is one.
pub(crate) fn place_of(uri: &str) -> Option<(&str, Option<u64>)> {
    let rest = uri.strip_prefix(PREFIX)?;
    let (id, offset) = match rest.split_once('/') {
        Some((id, offset)) => (id, Some(offset.parse().ok()?)),
        None => (rest, None),
    };
    (!id.is_empty() && id.bytes().all(is_id_byte)).then_some((id, offset))
}

/// The artifact that an identical delivery for `task` has already become, if it was the last.
pub(crate) fn same_as_last(cx: &Context<'_>, task: &Task, delivery: &Delivery<'_>) -> Result<Option<String>, Failure> {
    let sql = "SELECT seq, id FROM artifact WHERE task = ?1 AND name IS NULL AND next_action = ?2 AND summary = ?3
            AND version = (SELECT max(version) FROM artifact WHERE task = ?1 AND name IS NULL)";
    let parameters = params![task.seq, delivery.next_action, delivery.summary];
    let Some((seq, id)) = cx.db().query_one::<(i64, String)>(sql, parameters)? else { return Ok(None) };
    Ok(pieces::are(cx, seq, delivery.content)?.then_some(id))
}

/// Stores a delivery as the next version for `task` and returns its id.
pub(crate) fn store(cx: &Context<'_>, task: &Task, delivery: &Delivery<'_>) -> Result<String, Failure> {
    let new = New {
        name: None,
        media_type: MEDIA_TYPE,
        artifact_type: delivery.artifact_type,
        next_action: delivery.next_action,
        summary: delivery.summary,
        content: delivery.content,
    };
    let (id, seq, _) = insert(cx, task, &new)?;
    let mut files = Vec::new();
    for (kind, paths) in [("file", delivery.files), ("legacy", delivery.legacy)] {
        for (position, path) in (0_u32..).zip(paths) {
            let insert = "INSERT INTO artifact_file (artifact, kind, position, path) VALUES (?1, ?2, ?3, ?4)";
            files.push(Statement::new(insert, params![seq, kind, position, path]));
        }
    }
    cx.db().batch(files)?;
    Ok(id)
}

/// Stores all of `new` and returns its id, its number, and which version of its name it is.
fn insert(cx: &Context<'_>, task: &Task, new: &New<'_>) -> Result<(String, i64, i64), Failure> {
    let id = free_id(cx, task.workspace)?;
    let (first, rest) = pieces::first(new.content);
    let insert =
        "INSERT INTO artifact (workspace_id, id, task, version, edition, type, next_action, created_at, summary,
            content, name, media_type, bytes)
        VALUES (?1, ?2, ?3, (SELECT coalesce(max(version), 0) + 1 FROM artifact WHERE task = ?3),
            1 + coalesce((SELECT coalesce(edition, version) FROM artifact WHERE task = ?3 AND name IS ?9
                ORDER BY version DESC LIMIT 1), 0), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        RETURNING seq, edition";
    let parameters = params![
        task.workspace,
        &id,
        task.seq,
        new.artifact_type,
        new.next_action,
        cx.now().cast_signed(),
        new.summary,
        first,
        new.name,
        new.media_type,
        i64::try_from(first.len()).unwrap_or(i64::MAX)
    ];
    let row = cx.db().query_one::<(i64, i64)>(insert, parameters)?;
    let (seq, edition) = row.ok_or_else(|| Failure::new("internal", "the artifact could not be stored"))?;
    if !rest.is_empty() {
        pieces::add(cx, seq, rest)?;
    }
    let added = event::record(cx, task.workspace, &task.id, event::Kind::ArtifactAdded, None, Some(&id));
    cx.db().batch(vec![added, touched(cx, task.seq)])?;
    Ok((id, seq, edition))
}

/// Whoever writes for a task works on it.
fn touched(cx: &Context<'_>, task: i64) -> Statement {
    Statement::new("UPDATE task SET updated_at = ?2 WHERE seq = ?1", params![task, cx.now().cast_signed()])
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
