//! Templates, which were files: `templates/user/ID.json5` for one project, `templates/shared/ID.json5` for all.
//!
//! What extends another waits for the second round, when the others are there.

use mainstay_plugin::prelude::*;
use serde_json::Value;

use super::Taking;
use crate::limits::{self, is_id_byte};
use crate::template::{self, Category, EXTENDS, STORED, store};
use crate::transfer::import::Object;

/// A file on its way in.
struct Found<'a> {
    file: &'a str,
    category: Category,
    id: &'a str,
    text: Option<&'a str>,
}

/// Whether a file is one of those.
pub(super) fn is_of(file: &str) -> bool {
    place(file).is_some()
}

fn place(file: &str) -> Option<(Category, &str)> {
    let (category, name) = file.strip_prefix("templates/")?.split_once('/')?;
    let category = match category {
        "user" => Category::User,
        "shared" => Category::Shared,
        _ => return None,
    };
    let id = name.strip_suffix(".json5").or_else(|| name.strip_suffix(".json"))?;
    (!id.contains('/')).then_some((category, id))
}

/// Takes those of this round among `records`.
pub(super) fn take(taking: &mut Taking<'_>, links: bool, records: &[Object]) -> Result<(), Failure> {
    let mut left: Vec<_> = records.iter().filter_map(found).filter(|found| found.extends() == links).collect();
    let mut refused = Vec::new();
    // One may extend another that comes after it.
    for _ in 0..EXTENDS {
        let before = left.len();
        refused.clear();
        let mut again = Vec::new();
        for found in left {
            if let Some(why) = refusal(taking, &found)? {
                refused.push((format!("file {}", found.file), why));
                again.push(found);
            }
        }
        left = again;
        if left.is_empty() || left.len() == before {
            break;
        }
    }
    refused.into_iter().for_each(|(what, why)| taking.report.left_out(what, why));
    Ok(())
}

fn found(record: &Object) -> Option<Found<'_>> {
    let file = record.get("file").and_then(Value::as_str)?;
    let (category, id) = place(file)?;
    Some(Found { file, category, id, text: record.get("text").and_then(Value::as_str) })
}

impl Found<'_> {
    fn extends(&self) -> bool {
        self.text.and_then(|text| template::parse(text).ok()).is_some_and(|source| source.extends.is_some())
    }
}

/// Takes one, or says why not.
fn refusal(taking: &mut Taking<'_>, found: &Found<'_>) -> Result<Option<String>, Failure> {
    let Found { category, id, .. } = *found;
    let (cx, workspace) = (taking.cx, taking.workspace);
    let Some(text) = found.text else { return Ok(Some("it is no text, or it is too long".to_owned())) };
    if id.is_empty() || id.len() > limits::ID || !id.bytes().all(is_id_byte) {
        return Ok(Some(format!("its name is no id: 1 to {} of A-Z a-z 0-9 _ - are allowed", limits::ID)));
    }
    let kind = if category == Category::User { "template" } else { "shared_template" };
    match store::look_up(cx, workspace.id, category, id)? {
        Some(there) if there.content == text => {
            taking.report.found(kind);
            return Ok(None);
        }
        Some(_) => return Ok(Some(format!("there is another template `{id}` in {category}, which is left as it is"))),
        None if store::count(cx, workspace.id, category)? >= STORED => {
            return Ok(Some(format!("{category} holds {STORED} templates, which is the most")));
        }
        None => {}
    }
    let template = match template::checked(cx, workspace, category, id, text) {
        Ok((template, _)) => template,
        Err(failure) => return Ok(Some(template::problems(failure)?.join("; "))),
    };
    store::put(cx, workspace.id, category, id, text, &template)?;
    taking.report.took(kind);
    Ok(None)
}
