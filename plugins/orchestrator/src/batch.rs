//! Many statements, and statements about many rows.

use mainstay_plugin::prelude::*;
use serde_json::Value;

/// Statements in one crossing to the host, which limits what it takes at once.
const AT_ONCE: usize = 100;
/// Bytes of JSON in one statement, or one row if that is more.
const BYTES_AT_ONCE: usize = 256 * 1024;

/// Runs all of `statements` in order. If one fails, the call is over and with it what the others did.
pub(crate) fn run(cx: &Context<'_>, mut statements: Vec<Statement>) -> Result<(), Failure> {
    while !statements.is_empty() {
        let rest = statements.split_off(statements.len().min(AT_ONCE));
        cx.db().batch(std::mem::replace(&mut statements, rest))?;
    }
    Ok(())
}

/// Runs `sql` for `rows`, in order. Its `?1` is a JSON array of some of them, to be read by `json_each`; it is run as
/// often as it takes. One statement about a hundred rows costs a fraction of a hundred statements: each of those that
/// fires triggers keeps a journal of its own.
pub(crate) fn rows(cx: &Context<'_>, sql: &str, rows: impl IntoIterator<Item = Value>) -> Result<(), Failure> {
    let mut array = String::new();
    for row in rows {
        array.push(if array.is_empty() { '[' } else { ',' });
        array.push_str(&row.to_string());
        if array.len() >= BYTES_AT_ONCE {
            run_with(cx, sql, &mut array)?;
        }
    }
    if array.is_empty() { Ok(()) } else { run_with(cx, sql, &mut array) }
}

fn run_with(cx: &Context<'_>, sql: &str, array: &mut String) -> Result<(), Failure> {
    array.push(']');
    cx.db().execute(sql, params![std::mem::take(array)])?;
    Ok(())
}

#[cfg(test)]
mod tests;
