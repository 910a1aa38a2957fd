//! `orchestrator_artifacts`: reads what was delivered, and writes long texts in pieces.

mod answer;
mod arguments;

use mainstay_plugin::prelude::*;

use self::answer::{Answer, Line};
use self::arguments::Action;
pub(super) use self::arguments::Artifacts;
use crate::artifact::{self, Artifact, Named};
use crate::limits::shortened;
use crate::nearest;
use crate::plugin::Orchestrator;
use crate::task::Task;
use crate::words::ArtifactType;
use crate::workspace::Workspace;

/// Artifacts on one page of a list.
const PAGE: usize = 20;

const DESCRIPTION: &str = "\
Reads artifacts (read: by artifact_id, or the newest of a task; list: those of a task) and keeps long texts beside a \
task (write makes a new version of a name, append adds to it; at most 1 GiB). Results of a task go to \
orchestrator_complete_task.";

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    vec![super::answering("orchestrator_artifacts", DESCRIPTION, run).title("Read and write artifacts").additive()]
}

pub(super) fn run(cx: &Context<'_>, args: &Artifacts) -> Outcome<Answer> {
    let action = args.action.unwrap_or(Action::Read);
    args.check(action)?;
    let workspace = Workspace::of_caller(cx)?;
    let answer = match action {
        Action::Read => read(cx, &workspace, args)?,
        Action::Write => write(cx, &workspace, args)?,
        Action::Append => append(cx, &workspace, args)?,
        Action::List => list(cx, &workspace, args)?,
    };
    let text = answer.to_markdown();
    Ok(Reply::from(answer).with_text(text))
}

fn read(cx: &Context<'_>, workspace: &Workspace, args: &Artifacts) -> Result<Answer, Failure> {
    let artifact = match args.id() {
        Some(id) => require(cx, workspace, id)?,
        None => newest(cx, workspace, args)?,
    };
    let offset = args.offset();
    let total = artifact.total();
    if offset > total {
        return Err(Failure::argument("/offset", format!("is {offset}; `{}` has {total} bytes", artifact.id)));
    }
    let part = artifact.part(cx, offset, args.length())?;
    Ok(Answer::read(artifact, part))
}

fn require(cx: &Context<'_>, workspace: &Workspace, id: &str) -> Result<Artifact, Failure> {
    if let Some(artifact) = Artifact::find(cx, workspace.id, id)? {
        return Ok(artifact);
    }
    let newest = "SELECT id FROM artifact WHERE workspace_id = ?1 ORDER BY seq DESC LIMIT 100";
    let ids: Vec<_> = cx.db().query::<(String,)>(newest, params![workspace.id])?.into_iter().map(|(id,)| id).collect();
    let near = nearest::of(id, ids.iter().map(String::as_str), 1).into_iter().next();
    let near = near.map(|id| format!("Did you mean `{id}`? ")).unwrap_or_default();
    let message = format!("there is no artifact `{}` in {}", shortened(id, 64), workspace.path);
    Err(Failure::new("unknown-artifact", message)
        .with_hint(format!("{near}The action list with a task_id names the artifacts of a task.")))
}

/// The last version of a name, or the last delivery.
fn newest(cx: &Context<'_>, workspace: &Workspace, args: &Artifacts) -> Result<Artifact, Failure> {
    let task = Task::require(cx, workspace, "/task_id", args.task_id.as_deref().unwrap_or_default())?;
    let sql = "SELECT id FROM artifact WHERE task = ?1 AND name IS ?2 ORDER BY version DESC LIMIT 1";
    let Some((id,)) = cx.db().query_one::<(String,)>(sql, params![task.seq, args.name.as_deref()])? else {
        let what = args.name.as_deref().map_or("no delivery".to_owned(), |name| format!("no artifact {name:?}"));
        let message = format!("`{}` ({}) has {what}", task.id, task.title);
        return Err(Failure::new("unknown-artifact", message).with_hint("The action list shows what it has."));
    };
    require(cx, workspace, &id)
}

fn write(cx: &Context<'_>, workspace: &Workspace, args: &Artifacts) -> Result<Answer, Failure> {
    let task = Task::require(cx, workspace, "/task_id", args.task_id.as_deref().unwrap_or_default())?;
    let named = Named {
        name: args.name.as_deref().unwrap_or_default(),
        artifact_type: args.artifact_type.unwrap_or(ArtifactType::General),
        media_type: args.media_type.as_deref().unwrap_or(artifact::MEDIA_TYPE),
        content: args.content.as_deref().unwrap_or_default(),
    };
    Ok(Answer::written(&task.id, artifact::write(cx, &task, &named)?))
}

fn append(cx: &Context<'_>, workspace: &Workspace, args: &Artifacts) -> Result<Answer, Failure> {
    let artifact = require(cx, workspace, args.id().unwrap_or_default())?;
    let end = args.offset.map(|_| args.offset());
    let written = artifact::append(cx, &artifact, end, args.content.as_deref().unwrap_or_default())?;
    Ok(Answer::written(&artifact.task_id, written))
}

fn list(cx: &Context<'_>, workspace: &Workspace, args: &Artifacts) -> Result<Answer, Failure> {
    let task = Task::require(cx, workspace, "/task_id", args.task_id.as_deref().unwrap_or_default())?;
    let before = match args.cursor.as_deref() {
        None => i64::MAX,
        Some(cursor) => cursor.parse().map_err(|_| {
            Failure::argument("/cursor", "is not a cursor of this list; leave it out to begin at the newest")
        })?,
    };
    let sql = "SELECT version, id, name, coalesce(edition, version) AS edition, type, media_type, created_at,
            coalesce(bytes, octet_length(content)) AS bytes
        FROM artifact WHERE task = ?1 AND version < ?2 ORDER BY version DESC LIMIT ?3";
    let one_more = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let mut lines = cx.db().query::<Line>(sql, params![task.seq, before, one_more])?;
    let more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let cursor = lines.last().filter(|_| more).map(Line::cursor);
    Ok(Answer::listed(task.id, lines, cursor))
}

#[cfg(test)]
mod tests;
