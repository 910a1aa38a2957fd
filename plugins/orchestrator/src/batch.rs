//! Many statements.

use mainstay_plugin::prelude::*;

/// Statements in one crossing to the host, which limits what it takes at once.
const AT_ONCE: usize = 100;

/// Runs all of `statements` in order. If one fails, the call is over and with it what the others did.
pub(crate) fn run(cx: &Context<'_>, mut statements: Vec<Statement>) -> Result<(), Failure> {
    while !statements.is_empty() {
        let rest = statements.split_off(statements.len().min(AT_ONCE));
        cx.db().batch(std::mem::replace(&mut statements, rest))?;
    }
    Ok(())
}
