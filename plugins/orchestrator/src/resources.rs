//! What clients can read: one file a kind, in the order they are listed.
//!
//! Every kind has the same three functions. Its page comes with a cursor of its own; the cursor a client sees has
//! the name of the kind before it.

mod artifacts;
mod board;
mod documents;
mod graph;
mod tasks;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{ResourceContents, ResourceError, ResourcePage, ResourceTemplate};

pub(crate) use self::board::{APP, CARD, PLAN};
pub(crate) use self::graph::{MERMAID, SVG};
use crate::task::Task;
use crate::workspace::Workspace;

/// What the contract allows.
const PAGE: usize = 100;

/// One kind of resource.
struct Kind {
    /// Begins its cursors.
    name: &'static str,
    templates: fn() -> Vec<ResourceTemplate>,
    /// At most [`PAGE`] of them.
    list: fn(&Context<'_>, Option<&str>) -> Result<ResourcePage, ResourceError>,
    /// Not found if the URI is of another kind.
    read: fn(&Context<'_>, &str) -> Result<Vec<ResourceContents>, ResourceError>,
}

const KINDS: &[Kind] = &[
    Kind { name: "documents", templates: documents::templates, list: documents::list, read: documents::read },
    Kind { name: "artifacts", templates: artifacts::templates, list: artifacts::list, read: artifacts::read },
    Kind { name: "tasks", templates: tasks::templates, list: tasks::list, read: tasks::read },
    Kind { name: "graph", templates: graph::templates, list: graph::list, read: graph::read },
    Kind { name: "board", templates: board::templates, list: board::list, read: board::read },
];

pub(crate) fn templates() -> Vec<ResourceTemplate> {
    KINDS.iter().flat_map(|kind| (kind.templates)()).collect()
}

/// One page of what the caller can read. A kind that is listed to its end makes room for the next one.
pub(crate) fn list(cx: &Context<'_>, cursor: Option<&str>) -> Result<ResourcePage, ResourceError> {
    let (first, cursor) = match cursor {
        None => (0, None),
        Some(cursor) => begin(cursor).ok_or(ResourceError::InvalidCursor)?,
    };
    let mut page = (KINDS[first].list)(cx, cursor)?;
    page.next_cursor = page.next_cursor.map(|cursor| format!("{}:{cursor}", KINDS[first].name));
    for kind in &KINDS[first + 1..] {
        if page.next_cursor.is_some() {
            break;
        }
        let more = (kind.list)(cx, None)?;
        if page.resources.len() + more.resources.len() > PAGE {
            page.next_cursor = Some(format!("{}:", kind.name));
        } else {
            page.resources.extend(more.resources);
            page.next_cursor = more.next_cursor.map(|cursor| format!("{}:{cursor}", kind.name));
        }
    }
    Ok(page)
}

/// Which kind a cursor goes on with, and where.
fn begin(cursor: &str) -> Option<(usize, Option<&str>)> {
    let (name, rest) = cursor.split_once(':')?;
    let kind = KINDS.iter().position(|kind| kind.name == name)?;
    Some((kind, Some(rest).filter(|rest| !rest.is_empty())))
}

/// One resource of the caller's workspace.
pub(crate) fn read(cx: &Context<'_>, uri: &str) -> Result<Vec<ResourceContents>, ResourceError> {
    for kind in KINDS {
        match (kind.read)(cx, uri) {
            Err(ResourceError::NotFound) => {}
            found => return found,
        }
    }
    Err(ResourceError::NotFound)
}

/// A template, for a kind to publish.
fn template(uri_template: &str, name: &str, title: &str, description: &str, mime_type: &str) -> ResourceTemplate {
    ResourceTemplate {
        uri_template: uri_template.to_owned(),
        name: name.to_owned(),
        title: Some(title.to_owned()),
        description: Some(description.to_owned()),
        mime_type: Some(mime_type.to_owned()),
        annotations: None,
        meta: None,
    }
}

/// A task of the caller, and the workspace it is in.
fn task_of_caller(cx: &Context<'_>, id: &str) -> Result<(Workspace, Task), ResourceError> {
    let workspace = Workspace::of_caller_if_any(cx)?.ok_or(ResourceError::NotFound)?;
    let sql = "SELECT * FROM task WHERE workspace_id = ?1 AND id = ?2";
    let task = cx.db().query_one(sql, params![workspace.id, id]).map_err(Failure::from)?;
    Ok((workspace, task.ok_or(ResourceError::NotFound)?))
}

/// The page of a kind that is found by its templates, or through tools.
fn unlisted(cursor: Option<&str>) -> Result<ResourcePage, ResourceError> {
    match cursor {
        None => Ok(ResourcePage { resources: Vec::new(), next_cursor: None }),
        Some(_) => Err(ResourceError::InvalidCursor),
    }
}

#[cfg(test)]
mod tests;
