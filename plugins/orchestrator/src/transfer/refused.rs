//! Tasks and artifacts of an export that were not taken, because their id stands for something else here. Nothing of
//! theirs may go to what has it.

use mainstay_plugin::prelude::*;

/// In the table `imported`. Its rows of this source are of no use elsewhere, so they are not exported.
pub(super) const SOURCE: &str = "mainstay";

/// `kind` is `task` or `artifact`.
pub(super) fn is(cx: &Context<'_>, workspace: i64, kind: &str, id: &str) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM imported WHERE workspace_id = ?1 AND source = ?2 AND kind = ?3 AND key = ?4";
    Ok(cx.db().query_one::<(i64,)>(sql, params![workspace, SOURCE, kind, id])?.is_some())
}

pub(super) fn set(cx: &Context<'_>, workspace: i64, kind: &str, id: &str, refused: bool) -> Result<(), Failure> {
    let sql = if refused {
        "INSERT INTO imported (workspace_id, source, kind, key, target) VALUES (?1, ?2, ?3, ?4, '')
         ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM imported WHERE workspace_id = ?1 AND source = ?2 AND kind = ?3 AND key = ?4"
    };
    cx.db().execute(sql, params![workspace, SOURCE, kind, id])?;
    Ok(())
}
