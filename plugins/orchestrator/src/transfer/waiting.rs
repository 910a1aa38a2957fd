//! Why one task cannot wait for another that comes from elsewhere too.

use std::collections::HashSet;

use mainstay_plugin::prelude::*;

use crate::graph;
use crate::limits;
use crate::task::Task;

/// What is wrong with `task` waiting for `prerequisite`.
pub(super) fn problem(cx: &Context<'_>, task: &Task, prerequisite: &Task) -> Result<Option<String>, Failure> {
    if task.seq == prerequisite.seq {
        return Ok(Some("a task cannot wait for itself".to_owned()));
    }
    if task.path.starts_with(&prerequisite.path) || prerequisite.path.starts_with(&task.path) {
        return Ok(Some("one is a part of the other".to_owned()));
    }
    let count = "SELECT count(*) FROM dependency WHERE task = ?1";
    let count = cx.db().query_one::<(i64,)>(count, params![task.seq])?.map_or(0, |row| row.0);
    if usize::try_from(count).unwrap_or(usize::MAX) >= limits::DEPENDENCIES {
        return Ok(Some(format!("a task waits for at most {}", limits::DEPENDENCIES)));
    }
    // What is finished waits no more, whatever it waited for.
    if task.status.is_settled() {
        return Ok(None);
    }
    match graph::what_waits_for_start(cx, task.seq, &HashSet::from([prerequisite.seq])) {
        Ok(waits) => Ok(waits.map(|_| "they would wait for each other".to_owned())),
        // It was there where it comes from, where nothing was let in that waits for itself. To leave it out would make tasks
        // ready that are not; a circle that is larger than what is looked at is for validate_structure to find.
        Err(failure) if failure.code() == graph::TOO_MANY => Ok(None),
        Err(failure) => Err(failure),
    }
}
