//! `template_validate_all`.

use mainstay_plugin::prelude::*;

use super::{bulleted, checked, problems};
use crate::plugin::Orchestrator;
use crate::template::{Category, store};
use crate::words::Word;
use crate::workspace::Workspace;

/// Bytes of text that one call looks at, about.
const BYTES: usize = 4 * 1024 * 1024;
/// Templates that one call looks at.
const PAGE: usize = 100;
/// Templates with problems that one answer names.
const NAMED: usize = 20;

const DESCRIPTION: &str =
    "Looks for stored templates that are no longer right. For when one that others extend was changed or removed.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::tools) struct ValidateAll {
    category: Option<Category>,
    /// From the answer before.
    after: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct ValidatedAll {
    valid: usize,
    invalid: Vec<Invalid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    next: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Invalid {
    template_id: String,
    category: Category,
    errors: Vec<String>,
}

pub(in crate::tools) fn tool() -> Tool<Orchestrator> {
    crate::tools::answering("template_validate_all", DESCRIPTION, run).title("Check all templates").read_only()
}

pub(in crate::tools) fn run(cx: &Context<'_>, args: &ValidateAll) -> Outcome<ValidatedAll> {
    let workspace = Workspace::of_caller(cx)?;
    let (begin, id) = args.after.as_deref().map_or(Ok((Category::User, "")), super::list::begin)?;
    let mut done = ValidatedAll { valid: 0, invalid: Vec::new(), after: None, next: String::new() };
    let mut bytes = 0;
    'all: for category in Category::ALL.iter().copied().filter(|category| *category >= begin) {
        if args.category.is_some_and(|wanted| wanted != category) {
            continue;
        }
        let after = if category == begin { id } else { "" };
        for listed in store::page(cx, workspace.id, category, after, PAGE)?.iter().filter(|listed| listed.installed) {
            let Some(found) = store::look_up(cx, workspace.id, category, &listed.id)? else { continue };
            bytes += found.content.len();
            match checked(cx, &workspace, category, &found.id, &found.content) {
                Ok(_) => done.valid += 1,
                Err(failure) => {
                    done.invalid.push(Invalid { template_id: found.id.clone(), category, errors: problems(failure)? });
                }
            }
            if bytes > BYTES || done.valid + done.invalid.len() >= PAGE || done.invalid.len() >= NAMED {
                done.after = Some(format!("{category}/{}", found.id));
                break 'all;
            }
        }
    }
    done.next = what_next(&done);
    let text = done.to_markdown();
    Ok(Reply::from(done).with_text(text))
}

fn what_next(done: &ValidatedAll) -> String {
    match (&done.after, done.invalid.is_empty()) {
        (Some(after), _) => format!("there may be more: template_validate_all with after \"{after}\""),
        (None, true) => "template_list".to_owned(),
        (None, false) => "correct these with template_create and overwrite true, or remove them".to_owned(),
    }
}

impl ValidatedAll {
    fn to_markdown(&self) -> String {
        let Self { valid, invalid, next, .. } = self;
        let mut text = format!("{valid} templates are valid, {} are not.\n", invalid.len());
        for Invalid { template_id, category, errors } in invalid {
            text.push_str(&bulleted(&format!("`{template_id}` ({category})"), errors));
        }
        text.push_str(&format!("Next: {next}."));
        text
    }
}
