//! The graph of a plan as a resource: `orchestrator://graph/ID.mmd` and `.svg`.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{ResourceContents, ResourceError, ResourceTemplate};

use super::task_of_caller;
use crate::picture;

const PREFIX: &str = "orchestrator://graph/";
pub(crate) const MERMAID: &str = "orchestrator://graph/{task_id}.mmd";
pub(crate) const SVG: &str = "orchestrator://graph/{task_id}.svg";
const MERMAID_TYPE: &str = "text/vnd.mermaid";
const SVG_TYPE: &str = "image/svg+xml";

pub(crate) fn templates() -> Vec<ResourceTemplate> {
    let template = |uri: &str, name: &str, title: &str, media_type: &str| ResourceTemplate {
        uri_template: uri.to_owned(),
        name: name.to_owned(),
        title: Some(title.to_owned()),
        description: Some(
            "A task, everything below it and what waits for what; at most 200 tasks, what is open first.".to_owned(),
        ),
        mime_type: Some(media_type.to_owned()),
        annotations: None,
        meta: None,
    };
    vec![
        template(MERMAID, "graph-mermaid", "Graph of a plan, as Mermaid", MERMAID_TYPE),
        template(SVG, "graph-svg", "Graph of a plan, as an image", SVG_TYPE),
    ]
}

/// None if `uri` is no graph.
pub(crate) fn read(cx: &Context<'_>, uri: &str) -> Result<Option<Vec<ResourceContents>>, ResourceError> {
    let Some(name) = uri.strip_prefix(PREFIX) else { return Ok(None) };
    let (id, format) = name.rsplit_once('.').ok_or(ResourceError::NotFound)?;
    let (draw, media_type): (fn(&picture::Picture) -> String, _) = match format {
        "mmd" => (picture::mermaid, MERMAID_TYPE),
        "svg" => (picture::svg, SVG_TYPE),
        _ => return Err(ResourceError::NotFound),
    };
    let picture = picture::gather(cx, &task_of_caller(cx, id)?.1)?;
    Ok(Some(vec![ResourceContents::text(uri, media_type, draw(&picture))]))
}

#[cfg(test)]
mod tests;
