//! Titles of a draft, among themselves and beside what is planned already.

use std::collections::HashMap;

use mainstay_plugin::prelude::*;

use super::super::draft::Draft;
use crate::limits::Problems;
use crate::task::{Task, double_title, doubled};

/// Fails if two parts of one plan would have the same title. What is settled counts no more.
pub(super) fn refuse_doubles(cx: &Context<'_>, draft: &Draft, parent: Option<&Task>) -> Result<(), Failure> {
    let mut problems = Problems::default();
    let mut seen = HashMap::new();
    for part in draft.tasks.iter().skip(1) {
        if let Some(first) = seen.insert(part.title.as_str(), &part.field) {
            problems.add(format!("{}/title", part.field), doubled(&part.title, first));
        }
    }
    if let (Some(parent), Some(task)) = (parent, draft.tasks.first())
        && let Some(problem) = double_title(cx, parent.seq, &task.title, None)?
    {
        problems.add("/title", problem);
    }
    problems.into_result()
}
