//! Parts of one plan have titles of their own: in every list they are told apart by them.

use mainstay_plugin::prelude::*;

/// What is wrong with giving a part of `plan` that title: an open part has it, which is not `own`. What is settled counts
/// no more.
pub(crate) fn double_title(
    cx: &Context<'_>,
    plan: i64,
    title: &str,
    own: Option<i64>,
) -> Result<Option<String>, Failure> {
    let there = "SELECT id FROM task WHERE parent = ?1 AND title = ?2 AND settled = 0 AND seq IS NOT ?3 LIMIT 1";
    let there = cx.db().query_one::<(String,)>(there, params![plan, title, own])?;
    Ok(there.map(|(id,)| doubled(title, &format!("`{id}`"))))
}

/// What is said of a title that `whose` has already.
pub(crate) fn doubled(title: &str, whose: &str) -> String {
    format!("`{title}` is already the title of {whose} in this plan; give each part one of its own")
}
