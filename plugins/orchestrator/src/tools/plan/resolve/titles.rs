//! Parts of one plan have titles of their own: in every list they are told apart by them.

use std::collections::HashMap;

use mainstay_plugin::prelude::*;

use super::super::draft::Draft;
use crate::limits::Problems;
use crate::task::Task;

/// Fails if two parts of one plan would have the same title. What is settled counts no more.
pub(super) fn refuse_doubles(cx: &Context<'_>, draft: &Draft, parent: Option<&Task>) -> Result<(), Failure> {
    let mut problems = Problems::default();
    let mut seen = HashMap::new();
    for part in draft.tasks.iter().skip(1) {
        if let Some(first) = seen.insert(part.title.as_str(), &part.field) {
            problems.add(format!("{}/title", part.field), double(&part.title, first));
        }
    }
    if let (Some(parent), Some(task)) = (parent, draft.tasks.first()) {
        let there = "SELECT id FROM task WHERE parent = ?1 AND title = ?2 AND settled = 0 LIMIT 1";
        if let Some((id,)) = cx.db().query_one::<(String,)>(there, params![parent.seq, &task.title])? {
            problems.add("/title", double(&task.title, &format!("`{id}`")));
        }
    }
    problems.into_result()
}

fn double(title: &str, whose: &str) -> String {
    format!("`{title}` is already the title of {whose} in this plan; give each part one of its own")
}
