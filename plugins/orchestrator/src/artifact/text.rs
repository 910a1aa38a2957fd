//! What the text, the name and the media type of an artifact may be.

use crate::limits::Problems;

/// Characters of a name.
pub(crate) const NAME: usize = 255;
/// Bytes of a media type.
pub(crate) const MEDIA_TYPE: usize = 127;

const INSTEAD: &str = "artifacts are text: give binary work as base64, or leave it in a file and name its path";

/// Adds what is wrong with `text`, which may have `most` bytes; `instead` says what to do with more.
pub(crate) fn check_text(problems: &mut Problems, field: &str, text: &str, most: usize, instead: &str) {
    let control = |c: char| c.is_ascii_control() && c != '\x7f' && !matches!(c, '\t' | '\n' | '\r');
    if let Some((at, found)) = text.char_indices().find(|(_, c)| control(*c)) {
        let what = if found == '\0' { "NUL".to_owned() } else { format!("control (U+{:04X})", u32::from(found)) };
        problems.add(field, format!("contains a {what} character at byte {at}; {INSTEAD}"));
    }
    if text.len() > most {
        problems.add(field, format!("has {} bytes; at most {most} are allowed in one call: {instead}", text.len()));
    }
}

/// A name is one line.
pub(crate) fn check_name(problems: &mut Problems, field: &str, name: &str) {
    problems.required_text(field, name, NAME);
    if name.chars().any(|c| c.is_control() && c != '\0') {
        problems.add(field, "contains a control character; a name is one line of text");
    }
}

/// `type/subtype`, with parameters or without.
pub(crate) fn check_media_type(problems: &mut Problems, field: &str, media_type: &str) {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let token = |token: &str| {
        !token.is_empty() && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let is_type = essence.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype));
    if media_type.len() > MEDIA_TYPE || !is_type || !media_type.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        problems.add(field, format!("is no media type of at most {MEDIA_TYPE} bytes, such as text/markdown"));
    }
}

#[cfg(test)]
mod tests;
