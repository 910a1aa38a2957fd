//! Artifacts with a name: written in pieces, a new version each time they are begun anew.

use mainstay_plugin::prelude::*;

use super::{Artifact, BYTES, New, insert, pieces, touched};
use crate::claim;
use crate::status::Status;
use crate::task::Task;
use crate::words::{ArtifactType, NextAction};

/// A text under a name.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) artifact_type: ArtifactType,
    pub(crate) media_type: &'a str,
    pub(crate) content: &'a str,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: i64,
    /// Of the whole artifact.
    pub(crate) bytes: i64,
}

/// Writes a new version. If the last one is the same it stays: a client that did not hear the answer asks again.
pub(crate) fn write(cx: &Context<'_>, task: &Task, named: &Named<'_>) -> Result<Written, Failure> {
    require_kept(task.status, &task.id, &task.title)?;
    claim::sign_of_life(cx, task.seq)?;
    let bytes = i64::try_from(named.content.len()).unwrap_or(i64::MAX);
    let written = |id, version| Written { id, name: named.name.to_owned(), version, bytes };
    let last = "SELECT seq, id, coalesce(edition, version) FROM artifact WHERE task = ?1 AND name = ?2
        AND type = ?3 AND media_type = ?4 AND version = (
            SELECT version FROM artifact WHERE task = ?1 AND name = ?2 ORDER BY version DESC LIMIT 1)";
    let parameters = params![task.seq, named.name, named.artifact_type, named.media_type];
    if let Some((seq, id, version)) = cx.db().query_one::<(i64, String, i64)>(last, parameters)?
        && pieces::are(cx, seq, named.content)?
    {
        return Ok(written(id, version));
    }
    let new = New {
        name: Some(named.name),
        media_type: named.media_type,
        artifact_type: named.artifact_type,
        next_action: NextAction::Continue,
        summary: "",
        content: named.content,
    };
    let (id, _, version) = insert(cx, task, &new)?;
    Ok(written(id, version))
}

/// Adds to the end of the last version of a name. `end` is where the caller thinks that is.
pub(crate) fn append(cx: &Context<'_>, artifact: &Artifact, end: Option<u64>, text: &str) -> Result<Written, Failure> {
    let Some(name) = &artifact.name else { return Err(delivered(artifact)) };
    require_kept(artifact.status, &artifact.task_id, &artifact.title)?;
    require_last(cx, artifact, name)?;
    claim::sign_of_life(cx, artifact.task)?;
    let total = artifact.total();
    if end.is_some_and(|end| end != total) {
        let message = format!("`{}` has {total} bytes; it does not end at /offset", artifact.id);
        return Err(Failure::new("not-the-end", message).with_hint(format!(
            "If your last call was stored without you hearing of it, go on with offset {total}; read shows what is \
             there."
        )));
    }
    if total + u64::try_from(text.len()).unwrap_or(u64::MAX) > BYTES {
        let message = format!("`{}` has {total} bytes; with this it would have more than {BYTES}", artifact.id);
        return Err(Failure::new("too-large", message).with_hint("Begin another artifact: write under another name."));
    }
    let bytes = pieces::add(cx, artifact.seq, text)?;
    cx.db().batch(vec![touched(cx, artifact.task)])?;
    Ok(Written { id: artifact.id.clone(), name: name.clone(), version: artifact.version, bytes })
}

fn require_kept(status: Status, id: &str, title: &str) -> Result<(), Failure> {
    if status != Status::Archived {
        return Ok(());
    }
    let message = format!("`{id}` ({title}) is archived; nothing is written for it any more");
    Err(Failure::new("archived", message).with_hint("Write for a task that is not archived."))
}

fn delivered(artifact: &Artifact) -> Failure {
    let message = format!("`{}` was delivered for `{}` and stays as it is", artifact.id, artifact.task_id);
    let hint = "Write an artifact with a name beside it: orchestrator_artifacts with action write.";
    Failure::new("delivered", message).with_hint(hint)
}

fn require_last(cx: &Context<'_>, artifact: &Artifact, name: &str) -> Result<(), Failure> {
    let sql = "SELECT seq, id, coalesce(edition, version) FROM artifact WHERE task = ?1 AND name = ?2
        ORDER BY version DESC LIMIT 1";
    let last = cx.db().query_one::<(i64, String, i64)>(sql, params![artifact.task, name])?;
    match last {
        Some((seq, id, version)) if seq != artifact.seq => {
            let Artifact { id: old, version: old_version, .. } = artifact;
            let message = format!(
                "`{old}` is version {old_version} of {name}; since version {version} was begun it stays as it is"
            );
            Err(Failure::new("older-version", message).with_hint(format!("Append to `{id}`.")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
