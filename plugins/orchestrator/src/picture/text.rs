//! Text that fits, and that no format takes for markup.

use unicode_width::UnicodeWidthChar;

/// One line, at most `columns` wide where a Latin letter is one column, with a mark if something is left out.
pub(super) fn line(text: &str, columns: usize) -> String {
    let text = plain(text);
    let (fits, rest) = split(&text, columns);
    if rest.is_empty() {
        return fits.to_owned();
    }
    let (fits, _) = split(&text, columns.saturating_sub(1));
    format!("{}…", fits.trim_end())
}

/// The text in two lines, broken between words if there are any.
pub(super) fn two_lines(text: &str, columns: usize) -> (String, String) {
    let text = plain(text);
    let (fits, rest) = split(&text, columns);
    if rest.is_empty() {
        return (fits.to_owned(), String::new());
    }
    let at = if rest.starts_with(' ') { Some(fits.len()) } else { fits.rfind(' ') };
    let at = at.filter(|at| *at > fits.len() / 2).unwrap_or(fits.len());
    (text[..at].trim_end().to_owned(), line(&text[at..], columns))
}

/// Without what XML does not allow, and without marks that turn the direction of everything after them.
fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let words: Vec<_> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ").replace(turns, "").replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// Splits where the text is `columns` wide.
fn split(text: &str, columns: usize) -> (&str, &str) {
    let mut wide = 0;
    for (at, character) in text.char_indices() {
        wide += character.width().unwrap_or(0);
        if wide > columns {
            return text.split_at(at);
        }
    }
    (text, "")
}

/// For XML.
pub(super) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// For a label of Mermaid: everything it or Markdown could take for markup is written as a number.
pub(super) fn mermaid(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if !character.is_ascii() || character.is_ascii_alphanumeric() || " ,.-".contains(character) {
            escaped.push(character);
        } else {
            escaped.push_str(&format!("#{};", u32::from(character)));
        }
    }
    escaped
}
