//! `orchestrator_export`: a page of everything that is kept.

use mainstay_plugin::prelude::*;

use crate::plugin::Orchestrator;
use crate::transfer::{export, pages};
use crate::workspace::Workspace;

const DESCRIPTION: &str = "\
Exports a workspace, or all, page by page: lines of JSON, the last of which has the cursor of the next page. It is for \
`mainstay export`.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::tools) struct Export {
    /// Its directory. Default: all.
    workspace: Option<String>,
    /// What the page before ended with.
    cursor: Option<String>,
    /// Pages in Markdown for people: `{"file", "text"}` in place of records. Default: false.
    markdown: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct Exported {
    records: usize,
    next: Option<String>,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    super::super::answering("orchestrator_export", DESCRIPTION, run).title("Export").read_only().operator_only()
}

pub(in crate::tools) fn run(cx: &Context<'_>, args: &Export) -> Outcome<Exported> {
    let path = args.workspace.as_deref();
    let workspace = path.map(|path| Workspace::of_operator(cx, "/workspace", path)).transpose()?;
    if let Some(unknown) = workspace.as_ref().filter(|workspace| workspace.id == 0) {
        return Err(Failure::new("unknown-workspace", format!("nothing is kept of {}", unknown.path))
            .with_hint("Leave the workspace out to export all."));
    }
    let page = if args.markdown.unwrap_or(false) { pages::page } else { export::page };
    let page = page(cx, workspace.as_ref(), args.cursor.as_deref())?;
    let last = serde_json::json!({ "kind": "page", "next": &page.next });
    let text = format!("{}{last}", page.lines);
    Ok(Reply::from(Exported { records: page.records, next: page.next }).with_text(text))
}
