//! The graph of a plan as a resource: `orchestrator://graph/ID.mmd` and `.svg`.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{ResourceContents, ResourceError, ResourcePage, ResourceTemplate};

use super::{task_of_caller, template, unlisted};
use crate::picture;

const PREFIX: &str = "orchestrator://graph/";
pub(crate) const MERMAID: &str = "orchestrator://graph/{task_id}.mmd";
pub(crate) const SVG: &str = "orchestrator://graph/{task_id}.svg";
const MERMAID_TYPE: &str = "text/vnd.mermaid";
const SVG_TYPE: &str = "image/svg+xml";

pub(super) fn templates() -> Vec<ResourceTemplate> {
    let about = "A task, everything below it and what waits for what; at most 200 tasks, what is open first.";
    vec![
        template(MERMAID, "graph-mermaid", "Graph of a plan, as Mermaid", about, MERMAID_TYPE),
        template(SVG, "graph-svg", "Graph of a plan, as an image", about, SVG_TYPE),
    ]
}

/// There is one for every task.
pub(super) fn list(_: &Context<'_>, cursor: Option<&str>) -> Result<ResourcePage, ResourceError> {
    unlisted(cursor)
}

pub(super) fn read(cx: &Context<'_>, uri: &str) -> Result<Vec<ResourceContents>, ResourceError> {
    let name = uri.strip_prefix(PREFIX).ok_or(ResourceError::NotFound)?;
    let (id, format) = name.rsplit_once('.').ok_or(ResourceError::NotFound)?;
    let (draw, media_type): (fn(&picture::Picture) -> String, _) = match format {
        "mmd" => (picture::mermaid, MERMAID_TYPE),
        "svg" => (picture::svg, SVG_TYPE),
        _ => return Err(ResourceError::NotFound),
    };
    let picture = picture::gather(cx, &task_of_caller(cx, id)?.1)?;
    Ok(vec![ResourceContents::text(uri, media_type, draw(&picture))])
}

#[cfg(test)]
mod tests;
