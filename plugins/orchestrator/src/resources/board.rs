//! The board as resources: the app, and what it shows as JSON.

mod details;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{ResourceContents, ResourceError, ResourcePage, ResourceTemplate};
use serde_json::json;

use super::{task_of_caller, template, unlisted};
use crate::board;
use crate::workspace::Workspace;

/// The app that shows the board.
pub(crate) const APP: &str = "ui://orchestrator/board";

pub(crate) const PLAN: &str = "orchestrator://board/{plan_id}.json";
pub(crate) const CARD: &str = "orchestrator://card/{task_id}.json";
const WORKSPACE: &str = "orchestrator://board.json";
const PLAN_PREFIX: &str = "orchestrator://board/";
const CARD_PREFIX: &str = "orchestrator://card/";

/// What MCP Apps demands of a page.
const APP_TYPE: &str = "text/html;profile=mcp-app";
const JSON_TYPE: &str = "application/json";

/// The whole app: it loads nothing.
const HTML: &str = include_str!("../../app/board.html");

/// Cards in each of the four columns.
const CARDS: usize = 50;

pub(super) fn templates() -> Vec<ResourceTemplate> {
    let of_all = format!("At most 200 cards in four columns; {WORKSPACE} is that of the whole workspace.");
    vec![
        template(PLAN, "board", "Board of a plan", &of_all, JSON_TYPE),
        template(CARD, "card", "What a card of the board says", "One task with what it waits for.", JSON_TYPE),
    ]
}

/// The app is named by its tool.
pub(super) fn list(_: &Context<'_>, cursor: Option<&str>) -> Result<ResourcePage, ResourceError> {
    unlisted(cursor)
}

pub(super) fn read(cx: &Context<'_>, uri: &str) -> Result<Vec<ResourceContents>, ResourceError> {
    let json = |id: &str| id.strip_suffix(".json").ok_or(ResourceError::NotFound).map(str::to_owned);
    let text = if uri == APP {
        return Ok(vec![app()]);
    } else if uri == WORKSPACE {
        let workspace = Workspace::of_caller_if_any(cx)?.ok_or(ResourceError::NotFound)?;
        serialised(&board::of_workspace(cx, workspace, CARDS)?)?
    } else if let Some(id) = uri.strip_prefix(PLAN_PREFIX) {
        let (workspace, plan) = task_of_caller(cx, &json(id)?)?;
        serialised(&board::of_plan(cx, workspace, &plan, CARDS)?)?
    } else if let Some(id) = uri.strip_prefix(CARD_PREFIX) {
        serialised(&details::of(cx, &task_of_caller(cx, &json(id)?)?.1)?)?
    } else {
        return Err(ResourceError::NotFound);
    };
    Ok(vec![ResourceContents::text(uri, JSON_TYPE, text)])
}

fn serialised(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(value)?)
}

/// Without a `csp` a client allows the page to load nothing at all, which is what it needs.
fn app() -> ResourceContents {
    let meta = json!({ "ui": { "prefersBorder": true } }).to_string();
    ResourceContents { meta: Some(meta), ..ResourceContents::text(APP, APP_TYPE, HTML) }
}

#[cfg(test)]
mod tests;
