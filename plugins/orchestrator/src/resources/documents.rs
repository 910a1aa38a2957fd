//! Pages that are written from the tasks, by name.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{ResourceContents, ResourceError, ResourceInfo, ResourcePage, ResourceTemplate};

use super::PAGE;
use crate::document;
use crate::moment;
use crate::workspace::Workspace;

const MEDIA_TYPE: &str = "text/markdown";

pub(super) fn templates() -> Vec<ResourceTemplate> {
    let about = "A page written by orchestrator_maintenance_coordinator: plan, results, decisions, open-questions, \
                 handover.";
    vec![super::template(document::TEMPLATE, "document", "Document", about, MEDIA_TYPE)]
}

/// There are only a few of them, so there is only one page.
pub(super) fn list(cx: &Context<'_>, cursor: Option<&str>) -> Result<ResourcePage, ResourceError> {
    if cursor.is_some() {
        return Err(ResourceError::InvalidCursor);
    }
    let mut page = ResourcePage { resources: Vec::new(), next_cursor: None };
    let Some(workspace) = Workspace::of_caller_if_any(cx)? else { return Ok(page) };
    let sql = "SELECT name, title, updated_at FROM document WHERE workspace_id = ?1 ORDER BY name LIMIT ?2";
    let most = u32::try_from(PAGE).unwrap_or(u32::MAX);
    let rows = cx.db().query::<(String, String, i64)>(sql, params![workspace.id, most]).map_err(Failure::from)?;
    page.resources.extend(rows.into_iter().map(|(name, title, at)| ResourceInfo {
        uri: document::uri(&name),
        name,
        title: Some(title),
        description: Some(format!("As of {}", moment::format(at))),
        mime_type: Some(MEDIA_TYPE.to_owned()),
        size: None,
        annotations: None,
        meta: None,
    }));
    Ok(page)
}

pub(super) fn read(cx: &Context<'_>, uri: &str) -> Result<Vec<ResourceContents>, ResourceError> {
    let name = document::name_of(uri).ok_or(ResourceError::NotFound)?;
    let workspace = Workspace::of_caller_if_any(cx)?.ok_or(ResourceError::NotFound)?;
    let content = document::read(cx, &workspace, name)?.ok_or(ResourceError::NotFound)?;
    Ok(vec![ResourceContents::text(uri, MEDIA_TYPE, content)])
}
