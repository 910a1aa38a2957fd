//! `template_delete`, and `template_uninstall`, which is the same.

use mainstay_plugin::prelude::*;

use super::Named;
use crate::plugin::Orchestrator;
use crate::template::{Category, store};
use crate::workspace::Workspace;

const DESCRIPTION: &str = "\
Removes a template from a category, user unless said otherwise; shared and builtin are removed for all workspaces. \
Plans made of it stay. To correct one, template_create with overwrite is enough.";

const OTHER_NAME: &str = "Older name of template_delete: use that.";

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct Removed {
    template_id: String,
    category: Category,
    next: String,
}

pub(in crate::tools) fn delete() -> Tool<Orchestrator> {
    crate::tools::answering("template_delete", DESCRIPTION, run).title("Remove a template")
}

pub(in crate::tools) fn uninstall() -> Tool<Orchestrator> {
    crate::tools::answering("template_uninstall", OTHER_NAME, run).title("Remove a template (older name)")
}

// Only ever from one category: asked twice, it must not go on to a template of the same name elsewhere.
pub(in crate::tools) fn run(cx: &Context<'_>, args: &Named) -> Outcome<Removed> {
    let workspace = Workspace::of_caller(cx)?;
    let category = args.category.unwrap_or(Category::User);
    let found = store::require(cx, workspace.id, Some(category), &args.template_id)?;
    let Some(seq) = found.seq else {
        let message = format!("`{}` is part of the library and not installed: there is nothing to remove", found.id);
        return Err(Failure::new("not-installed", message)
            .with_hint("A template of your own under that name, in user or shared, is found before it."));
    };
    store::remove(cx, seq)?;
    let left = store::look_up(cx, workspace.id, Category::Builtin, &found.id)?;
    let next = match left {
        Some(_) => format!("nothing; `{}` of the library is still there to be used", found.id),
        None => "template_list shows what is left".to_owned(),
    };
    let text = format!("Template `{}` is removed from {category}.\nNext: {next}.", found.id);
    Ok(Reply::from(Removed { template_id: found.id, category, next }).with_text(text))
}
