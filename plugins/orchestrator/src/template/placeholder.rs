//! `{{name}}` in a text.

/// A stretch of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// The name of a parameter.
    Name(&'a str),
}

/// The pieces of `text`, or what is wrong with a placeholder in it.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            return Err("has `{{` without `}}`".to_owned());
        };
        let name = name.trim();
        if !is_name(name) {
            let shown: String = name.chars().take(64).collect();
            return Err(format!("has `{{{{{shown}}}}}`, and that is no name of a parameter"));
        }
        pieces.push(Piece::Text(before));
        pieces.push(Piece::Name(name));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

/// Whether a parameter can be called so.
pub(super) fn is_name(name: &str) -> bool {
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    letters && name.len() <= super::NAME && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

#[cfg(test)]
mod tests;
