//! `template_get_installation_status`.

use mainstay_plugin::prelude::*;

use crate::plugin::Orchestrator;
use crate::template::library::DEFAULTS;
use crate::template::{Category, store};
use crate::workspace::Workspace;

const DESCRIPTION: &str = "Says how many templates are stored, and what of the library. To choose one: template_list.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::tools) struct Nothing {}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct State {
    total_installed: i64,
    user_installed: i64,
    shared_installed: i64,
    builtin_installed: i64,
    available_defaults: usize,
    /// Per cent of the library.
    installation_coverage: usize,
    /// Of the library; they can be used all the same.
    not_installed: Vec<&'static str>,
    /// Of the library, installed as another text than it has now.
    differing: Vec<&'static str>,
    next: &'static str,
}

pub(in crate::tools) fn tool() -> Tool<Orchestrator> {
    crate::tools::answering("template_get_installation_status", DESCRIPTION, run).title("Count templates").read_only()
}

pub(in crate::tools) fn run(cx: &Context<'_>, _: &Nothing) -> Outcome<State> {
    let workspace = Workspace::of_caller(cx)?;
    let count = |category| store::count(cx, workspace.id, category);
    let (user, shared, builtin) = (count(Category::User)?, count(Category::Shared)?, count(Category::Builtin)?);
    let (mut not_installed, mut differing) = (Vec::new(), Vec::new());
    for shipped in &DEFAULTS {
        match store::look_up(cx, workspace.id, Category::Builtin, shipped.id)? {
            Some(found) if found.seq.is_some() && found.content != shipped.content => differing.push(shipped.id),
            Some(found) if found.seq.is_some() => {}
            _ => not_installed.push(shipped.id),
        }
    }
    let there = DEFAULTS.len() - not_installed.len();
    let state = State {
        total_installed: user + shared + builtin,
        user_installed: user,
        shared_installed: shared,
        builtin_installed: builtin,
        available_defaults: DEFAULTS.len(),
        installation_coverage: there * 100 / DEFAULTS.len(),
        not_installed,
        next: match differing.is_empty() {
            true => "template_list; the library can be used without being installed",
            false => "template_install_default_library with overwrite true brings what differs up to date",
        },
        differing,
    };
    let text = state.to_markdown();
    Ok(Reply::from(state).with_text(text))
}

impl State {
    fn to_markdown(&self) -> String {
        let Self { total_installed, user_installed, shared_installed, builtin_installed, available_defaults, .. } =
            self;
        let mut text = format!(
            "{total_installed} templates are stored: {user_installed} user, {shared_installed} shared, \
             {builtin_installed} builtin.\nOf the library's {available_defaults}, {} per cent are installed.\n",
            self.installation_coverage
        );
        for (heading, ids) in [("Not installed, but usable", &self.not_installed), ("Differing", &self.differing)] {
            if !ids.is_empty() {
                text.push_str(&format!("{heading}: {}\n", ids.join(", ")));
            }
        }
        text.push_str(&format!("Next: {}.", self.next));
        text
    }
}
