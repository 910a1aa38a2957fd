//! Search text, as the full-text index takes it. Whatever is typed is looked for; nothing of it is syntax but
//! quotes around a phrase and an asterisk behind the beginning of a word.
//!
//! Whole words are read from the index in the order of the answer, as far as the answer goes. Beginnings are not: all
//! that begins so is put in order first. So they are looked for where an asterisk asks for them, or no task has the
//! words as they are.

use mainstay_plugin::prelude::*;

use crate::limits::{self, Problems};

/// Expressions that find tasks of one workspace in which every word of a text occurs; between quotes, the words in
/// that order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    /// The words as they are.
    whole: String,
    /// Or longer words that begin with them.
    beginnings: String,
}

impl Search {
    /// None, with a problem, if there is no word.
    pub(crate) fn of(workspace: i64, field: &str, text: &str, problems: &mut Problems) -> Option<Self> {
        problems.text(field, text, limits::SEARCH);
        let whole = terms(text, false);
        problems.list(field, whole.len(), limits::SEARCH_WORDS);
        if whole.is_empty() {
            problems.add(field, "has no word to look for");
            return None;
        }
        let here = |terms: Vec<String>| format!("place : w{workspace} AND words : ({})", terms.join(" AND "));
        Some(Self { whole: here(whole), beginnings: here(terms(text, true)) })
    }

    /// Whether beginnings have to be looked for, because no task has the words as they are.
    pub(crate) fn has_no_whole(&self, cx: &Context<'_>) -> Result<bool, Failure> {
        let sql = "SELECT rowid FROM task_text WHERE task_text MATCH ?1 LIMIT 1";
        Ok(cx.db().query_one::<(i64,)>(sql, params![&self.whole])?.is_none())
    }

    pub(crate) fn expression(self, beginnings: bool) -> String {
        if beginnings { self.beginnings } else { self.whole }
    }
}

/// Quoted, so that nothing in them is an operator; the index takes them apart at what is no letter or digit.
fn terms(text: &str, beginnings: bool) -> Vec<String> {
    let mut terms = Vec::new();
    for (index, part) in text.split(['"', '“', '”', '„']).enumerate() {
        if index % 2 == 1 {
            terms.extend(has_word(part).then(|| format!("\"{}\"", part.trim())));
            continue;
        }
        for word in part.split_whitespace().filter(|word| has_word(word)) {
            let asterisk = if beginnings || word.ends_with('*') { " *" } else { "" };
            terms.push(format!("\"{word}\"{asterisk}"));
        }
    }
    terms
}

fn has_word(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

#[cfg(test)]
mod tests;
