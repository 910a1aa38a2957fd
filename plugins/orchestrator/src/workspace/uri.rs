//! The directories a client has open: MCP roots, which are `file://` URIs.

use mainstay_plugin::bindings::exports::mainstay::plugin::tools::Root;

use super::path;

/// Roots that are looked at.
const MOST: usize = 100;

/// The root that contains the directory the client was started in, the innermost if there are several, else the
/// first that is a directory.
pub(super) fn choose(roots: &[Root], started_in: Option<&str>) -> Option<String> {
    let directories: Vec<_> = roots.iter().take(MOST).filter_map(|root| directory(&root.uri)).collect();
    let around = started_in.and_then(|start| {
        let around = directories.iter().filter(|directory| path::is_within(start, directory));
        around.max_by_key(|directory| directory.len())
    });
    around.or(directories.first()).cloned()
}

/// The path of `file:///…` or `file://localhost/…`, with its escapes undone.
fn directory(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.trim().split_at_checked(7)?;
    if !scheme.eq_ignore_ascii_case("file://") {
        return None;
    }
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    let path = unescaped(path.split(['?', '#']).next()?)?;
    if !path.starts_with('/') || path.contains('\0') || path.chars().count() > crate::limits::PATH {
        return None;
    }
    // `/C:/Users` is what a drive looks like in a URI.
    let on_drive = path.as_bytes().get(2) == Some(&b':') && path.as_bytes()[1].is_ascii_alphabetic();
    path::normalised(if on_drive { &path[1..] } else { &path }, None).ok()
}

/// `%20` and the like as what they stand for; none if that is not UTF-8.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = (byte == b'%').then(|| after.get(..2)).flatten();
        let escaped = escaped.and_then(|hex| u8::from_str_radix(str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
