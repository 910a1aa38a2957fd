//! Artifacts as resources, newest first; long ones in parts.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{
    DatabaseError, FromRow, ResourceContents, ResourceError, ResourceInfo, ResourcePage, ResourceTemplate, Row,
};

use super::PAGE;
use crate::artifact::{self, Artifact};
use crate::limits::shortened;
use crate::workspace::Workspace;

/// Characters of a summary in a list.
const SUMMARY: usize = 160;

/// Bytes of one part.
const PART: u64 = 1024 * 1024;

pub(super) fn templates() -> Vec<ResourceTemplate> {
    let whole = "What was delivered for a task, or written beside it. The tools that complete and synthesize name \
                 the ids.";
    let part = "One MiB of an artifact from a byte on, for those that are longer.";
    vec![
        super::template(artifact::TEMPLATE, "artifact", "Artifact of a task", whole, artifact::MEDIA_TYPE),
        super::template(artifact::PART_TEMPLATE, "artifact_part", "Part of an artifact", part, artifact::MEDIA_TYPE),
    ]
}

/// One page of the caller's artifacts. A cursor is the number of the last one shown.
pub(super) fn list(cx: &Context<'_>, cursor: Option<&str>) -> Result<ResourcePage, ResourceError> {
    let before = match cursor {
        None => i64::MAX,
        Some(cursor) => cursor.parse().map_err(|_| ResourceError::InvalidCursor)?,
    };
    let Some(workspace) = Workspace::of_caller_if_any(cx)? else {
        return Ok(ResourcePage { resources: Vec::new(), next_cursor: None });
    };
    let sql = "SELECT a.seq, a.id, t.title, coalesce(a.edition, a.version) AS edition, a.summary, a.name, a.media_type,
            a.bytes
        FROM artifact AS a JOIN task AS t ON t.seq = a.task
        WHERE a.workspace_id = ?1 AND a.seq < ?2 ORDER BY a.seq DESC LIMIT ?3";
    let one_more = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let mut rows = cx.db().query::<Listed>(sql, params![workspace.id, before, one_more]).map_err(Failure::from)?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next_cursor = rows.last().filter(|_| more).map(|row| row.seq.to_string());
    Ok(ResourcePage { resources: rows.into_iter().map(|row| row.info).collect(), next_cursor })
}

struct Listed {
    seq: i64,
    info: ResourceInfo,
}

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let (id, task) = (row.get::<String>("id")?, row.get::<String>("title")?);
        let name = row.get::<Option<String>>("name")?;
        let version = row.get::<i64>("edition")?;
        let title = name.as_ref().map_or_else(|| task.clone(), |name| format!("{task}: {name}"));
        let about = if name.is_some() { task } else { shortened(&row.get::<String>("summary")?, SUMMARY) };
        let info = ResourceInfo {
            uri: artifact::uri(&id),
            title: Some(if version == 1 { title } else { format!("{title}, version {version}") }),
            name: id,
            description: Some(about),
            mime_type: Some(row.get("media_type")?),
            size: row.get::<Option<u64>>("bytes")?.filter(|_| name.is_some()),
            annotations: None,
            meta: None,
        };
        Ok(Self { seq: row.get("seq")?, info })
    }
}

/// An artifact or a part of it; what has more to come is followed by a note that says where.
pub(super) fn read(cx: &Context<'_>, uri: &str) -> Result<Vec<ResourceContents>, ResourceError> {
    let (id, offset) = artifact::place_of(uri).ok_or(ResourceError::NotFound)?;
    let workspace = Workspace::of_caller_if_any(cx)?.ok_or(ResourceError::NotFound)?;
    let found = Artifact::find(cx, workspace.id, id)?.ok_or(ResourceError::NotFound)?;
    if offset.is_some_and(|offset| offset > found.total()) {
        return Err(ResourceError::NotFound);
    }
    let part = found.part(cx, offset.unwrap_or(0), PART)?;
    let text = match offset {
        None if found.name.is_none() => format!("{}{}", found.header(cx)?, part.text),
        _ => part.text,
    };
    let mut contents = vec![ResourceContents::text(uri, &found.media_type, text)];
    if part.ends_at < part.total {
        let next = artifact::uri_of_part(id, part.ends_at);
        let note = format!("That was up to byte {} of {}. It goes on at {next}", part.ends_at, part.total);
        contents.push(ResourceContents::text(&next, "text/plain", note));
    }
    Ok(contents)
}

#[cfg(test)]
mod tests;
