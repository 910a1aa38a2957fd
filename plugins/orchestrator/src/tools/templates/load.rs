//! `template_load`.

use mainstay_plugin::prelude::*;

use super::Named;
use crate::moment;
use crate::plugin::Orchestrator;
use crate::template::{Category, store};
use crate::workspace::Workspace;

const DESCRIPTION: &str = "\
Gives the whole text of a template, to be changed and stored with template_create. To use one, template_info is enough.";

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct Loaded {
    template_id: String,
    category: Category,
    hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
    template_content: String,
    next: &'static str,
}

pub(in crate::tools) fn tool() -> Tool<Orchestrator> {
    crate::tools::answering("template_load", DESCRIPTION, run).title("Read a template").read_only()
}

pub(in crate::tools) fn run(cx: &Context<'_>, args: &Named) -> Outcome<Loaded> {
    let workspace = Workspace::of_caller(cx)?;
    let found = store::require(cx, workspace.id, args.category, &args.template_id)?;
    let loaded = Loaded {
        template_id: found.id,
        category: found.category,
        hash: found.hash,
        updated_at: found.updated_at.map(moment::format),
        template_content: found.content,
        next: match found.category {
            Category::Builtin => "to change it, template_create under the same template_id: yours is then found first",
            _ => "to change it, template_create with overwrite true",
        },
    };
    let text = loaded.to_markdown();
    Ok(Reply::from(loaded).with_text(text))
}

impl Loaded {
    fn to_markdown(&self) -> String {
        let Self { template_id, category, hash, updated_at, template_content, next } = self;
        let since = updated_at.as_ref().map(|at| format!(", of {at}")).unwrap_or_default();
        format!(
            "Template `{template_id}` ({category}, hash {hash}{since}):\n\n{}\n\nNext: {next}.",
            template_content.trim_end()
        )
    }
}
