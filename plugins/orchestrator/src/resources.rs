//! Artifacts as resources, newest first, and what there is to look at.

mod board;
mod graph;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{ResourceContents, ResourceError, ResourceInfo, ResourcePage, ResourceTemplate};

use crate::artifact::{self, Artifact};
use crate::limits::shortened;
use crate::task::Task;
use crate::workspace::Workspace;

pub(crate) use self::board::{APP, CARD, PLAN};
pub(crate) use self::graph::{MERMAID, SVG};

/// What the contract allows.
const PAGE: usize = 100;

/// Characters of a summary in a list.
const SUMMARY: usize = 160;

/// Every kind of resource that is not listed one by one.
pub(crate) fn templates() -> Vec<ResourceTemplate> {
    let artifact = ResourceTemplate {
        uri_template: artifact::TEMPLATE.to_owned(),
        name: "artifact".to_owned(),
        title: Some("Artifact of a task".to_owned()),
        description: Some(
            "The whole of what was delivered for a task. The tools that complete and synthesize name the ids."
                .to_owned(),
        ),
        mime_type: Some(artifact::MEDIA_TYPE.to_owned()),
        annotations: None,
        meta: None,
    };
    [vec![artifact], graph::templates(), board::templates()].concat()
}

/// One page of the caller's artifacts. A cursor is the number of the last one shown.
pub(crate) fn list(cx: &Context<'_>, cursor: Option<&str>) -> Result<ResourcePage, ResourceError> {
    let before = match cursor {
        None => i64::MAX,
        Some(cursor) => cursor.parse().map_err(|_| ResourceError::InvalidCursor)?,
    };
    let Some(workspace) = Workspace::of_caller_if_any(cx)? else {
        return Ok(ResourcePage { resources: Vec::new(), next_cursor: None });
    };
    let sql = "SELECT a.seq, a.id, t.title, a.version, a.summary FROM artifact AS a JOIN task AS t ON t.seq = a.task
        WHERE a.workspace_id = ?1 AND a.seq < ?2 ORDER BY a.seq DESC LIMIT ?3";
    let one_more = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let rows = cx.db().query::<(i64, String, String, i64, String)>(sql, params![workspace.id, before, one_more]);
    let mut rows = rows.map_err(Failure::from)?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next_cursor = rows.last().filter(|_| more).map(|row| row.0.to_string());
    Ok(ResourcePage { resources: rows.into_iter().map(info).collect(), next_cursor })
}

fn info((_, id, title, version, summary): (i64, String, String, i64, String)) -> ResourceInfo {
    ResourceInfo {
        uri: artifact::uri(&id),
        title: Some(if version == 1 { title } else { format!("{title}, version {version}") }),
        name: id,
        description: Some(shortened(&summary, SUMMARY)),
        mime_type: Some(artifact::MEDIA_TYPE.to_owned()),
        size: None,
        annotations: None,
        meta: None,
    }
}

/// What `uri` names, in the caller's workspace.
pub(crate) fn read(cx: &Context<'_>, uri: &str) -> Result<Vec<ResourceContents>, ResourceError> {
    if let Some(contents) = graph::read(cx, uri)? {
        return Ok(contents);
    }
    if let Some(contents) = board::read(cx, uri)? {
        return Ok(contents);
    }
    let id = artifact::id_of(uri).ok_or(ResourceError::NotFound)?;
    let workspace = Workspace::of_caller_if_any(cx)?.ok_or(ResourceError::NotFound)?;
    let artifact = Artifact::find(cx, workspace.id, id)?.ok_or(ResourceError::NotFound)?;
    Ok(vec![ResourceContents::text(uri, artifact::MEDIA_TYPE, artifact.to_markdown(cx)?)])
}

/// A task of the caller, and the workspace it is in.
fn task_of_caller(cx: &Context<'_>, id: &str) -> Result<(Workspace, Task), ResourceError> {
    let workspace = Workspace::of_caller_if_any(cx)?.ok_or(ResourceError::NotFound)?;
    let sql = "SELECT * FROM task WHERE workspace_id = ?1 AND id = ?2";
    let task = cx.db().query_one(sql, params![workspace.id, id]).map_err(Failure::from)?;
    Ok((workspace, task.ok_or(ResourceError::NotFound)?))
}

#[cfg(test)]
mod tests;
