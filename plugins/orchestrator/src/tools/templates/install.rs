//! `template_install_default_library` and `template_install_examples`.

use mainstay_plugin::prelude::*;

use super::checked;
use crate::plugin::Orchestrator;
use crate::template::library::{DEFAULTS, EXAMPLES, Shelf, Shipped};
use crate::template::{Category, Place, STORED, store};
use crate::workspace::Workspace;

const LIBRARY: &str = "\
Stores the library's templates (builtin) as they are now, so that updates do not change them. They can be used without.";

const EXAMPLE_SET: &str = "Stores five small templates that show the format.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::tools) struct InstallLibrary {
    /// Default: all.
    category: Option<Shelf>,
    overwrite: Option<bool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::tools) struct InstallExamples {
    /// Default: shared.
    category: Option<Place>,
    overwrite: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct Installed {
    category: Category,
    /// Written now.
    installed: Vec<String>,
    /// There already, the same.
    unchanged: Vec<String>,
    /// There already, different, and left alone.
    skipped: Vec<String>,
    next: String,
}

pub(in crate::tools) fn default_library() -> Tool<Orchestrator> {
    crate::tools::answering("template_install_default_library", LIBRARY, install_library)
        .title("Store the library of templates")
        .idempotent()
}

pub(in crate::tools) fn examples() -> Tool<Orchestrator> {
    crate::tools::answering("template_install_examples", EXAMPLE_SET, install_examples)
        .title("Store examples of templates")
        .idempotent()
}

pub(in crate::tools) fn install_library(cx: &Context<'_>, args: &InstallLibrary) -> Outcome<Installed> {
    let shelf = args.category.unwrap_or(Shelf::All);
    let wanted = DEFAULTS.iter().filter(|shipped| shelf == Shelf::All || shipped.shelf == shelf);
    install(cx, Category::Builtin, wanted, args.overwrite.unwrap_or(false))
}

pub(in crate::tools) fn install_examples(cx: &Context<'_>, args: &InstallExamples) -> Outcome<Installed> {
    let category = args.category.unwrap_or(Place::Shared).into();
    install(cx, category, EXAMPLES.iter(), args.overwrite.unwrap_or(false))
}

fn install<'a>(
    cx: &Context<'_>,
    category: Category,
    wanted: impl Iterator<Item = &'a Shipped>,
    overwrite: bool,
) -> Outcome<Installed> {
    let mut workspace = Workspace::of_caller(cx)?;
    workspace.store(cx)?;
    let mut room = STORED - store::count(cx, workspace.id, category)?;
    let (mut installed, mut unchanged, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    for shipped in wanted {
        let there = store::look_up(cx, workspace.id, category, shipped.id)?.filter(|there| there.seq.is_some());
        let id = shipped.id.to_owned();
        match there {
            Some(there) if there.content == shipped.content => unchanged.push(id),
            Some(_) if !overwrite => skipped.push(id),
            None if room == 0 => {
                let message = format!("{category} would hold more than {STORED} templates, which is the most");
                return Err(Failure::new("too-many-templates", message).with_hint("Remove some with template_delete."));
            }
            there => {
                room -= i64::from(there.is_none());
                let (template, _) = checked(cx, &workspace, category, shipped.id, shipped.content)?;
                store::put(cx, workspace.id, category, shipped.id, shipped.content, &template)?;
                installed.push(id);
            }
        }
    }
    let next = match skipped.is_empty() {
        true => "template_list shows them",
        false => "to replace what was skipped, call this with overwrite true",
    };
    let done = Installed { category, installed, unchanged, skipped, next: next.to_owned() };
    let text = done.to_markdown();
    Ok(Reply::from(done).with_text(text))
}

impl Installed {
    fn to_markdown(&self) -> String {
        let Self { category, installed, unchanged, skipped, next } = self;
        let mut text = format!("{} templates are installed in {category}.\n", installed.len());
        let lists = [("Installed", installed), ("The same as before", unchanged), ("Different, left alone", skipped)];
        for (heading, ids) in lists.into_iter().filter(|(_, ids)| !ids.is_empty()) {
            text.push_str(&format!("{heading}: {}\n", ids.join(", ")));
        }
        text.push_str(&format!("Next: {next}."));
        text
    }
}
