//! Whether a text can be kept as a template.

use mainstay_plugin::prelude::*;

use super::{Category, Template, complete, parse, validate};
use crate::roles::Roles;
use crate::workspace::Workspace;

/// The template that `content` is, or everything that is wrong with it, by its place in it; and what is odd.
pub(crate) fn checked(
    cx: &Context<'_>,
    workspace: &Workspace,
    category: Category,
    id: &str,
    content: &str,
) -> Result<(Template, Vec<String>), Failure> {
    let source = parse(content).map_err(|problem| Failure::argument("", problem))?;
    let template = complete(cx, workspace.id, category, id, source)?;
    let warnings = validate(&template, &Roles::of(cx, workspace)?).into_result()?;
    Ok((template, warnings))
}

/// The problems of a template as lines.
pub(crate) fn problems(failure: Failure) -> Result<Vec<String>, Failure> {
    let Failure::InvalidArguments(problems) = failure else { return Err(failure) };
    let line =
        |field: &str, problem: &str| if field.is_empty() { problem.to_owned() } else { format!("{field}: {problem}") };
    Ok(problems.iter().map(|found| line(&found.field, &found.problem)).collect())
}
