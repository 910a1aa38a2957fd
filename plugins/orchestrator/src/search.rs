//! Search text, as the full-text index takes it. Whatever is typed is looked for; nothing of it is syntax but
//! quotes around a phrase.

use crate::limits::{self, Problems};

/// The expression that finds the tasks of a workspace in which every word of `text` occurs, or one that begins
/// with it; between quotes, the words in that order. None, with a problem, if there is no word.
pub(crate) fn expression(workspace: i64, field: &str, text: &str, problems: &mut Problems) -> Option<String> {
    problems.text(field, text, limits::SEARCH);
    let terms = terms(text);
    problems.list(field, terms.len(), limits::SEARCH_WORDS);
    if terms.is_empty() {
        problems.add(field, "has no word to look for");
        return None;
    }
    Some(format!("place : w{workspace} AND words : ({})", terms.join(" AND ")))
}

/// Quoted, so that nothing in them is an operator; the index takes them apart at what is no letter or digit.
fn terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for (index, part) in text.split(['"', '“', '”', '„']).enumerate() {
        if index % 2 == 1 {
            terms.extend(has_word(part).then(|| format!("\"{}\"", part.trim())));
        } else {
            terms.extend(part.split_whitespace().filter(|word| has_word(word)).map(|word| format!("\"{word}\" *")));
        }
    }
    terms
}

fn has_word(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

#[cfg(test)]
mod tests;
