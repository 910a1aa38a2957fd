//! SQL with names in it: statements about rows of twenty columns cannot be read with numbers.

use mainstay_plugin::Value;
use mainstay_plugin::prelude::*;

/// `sql` with a number for every `:name`, and the values that `value_of` has for them.
pub(super) fn named(sql: &str, value_of: impl Fn(&str) -> Value) -> Statement {
    let (mut text, mut names) = (String::with_capacity(sql.len()), Vec::<&str>::new());
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once(':') {
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let (name, behind) = after.split_at(end);
        let number = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        text.push_str(before);
        text.push_str(&format!("?{}", number + 1));
        rest = behind;
    }
    text.push_str(rest);
    Statement::new(text, names.into_iter().map(value_of).collect())
}
