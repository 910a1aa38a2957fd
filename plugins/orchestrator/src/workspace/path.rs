//! Names of directories, compared as text: this code has no file system to ask.

/// An absolute path without `.`, `..`, doubled or trailing separators. Relative ones are below `base`.
pub(super) fn normalised(path: &str, base: Option<&str>) -> Result<String, String> {
    let path = path.trim();
    if path.contains("://") || path.starts_with('~') {
        return Err("is not a plain path; give the absolute path of the directory".to_owned());
    }
    if let Some(windows) = windows(path) {
        return Ok(windows);
    }
    if path.starts_with('/') {
        return Ok(format!("/{}", parts(path, &['/']).join("/")));
    }
    match base {
        Some(base) if windows(base).is_some() => normalised(&format!("{base}\\{path}"), None),
        Some(base) => normalised(&format!("{base}/{path}"), None),
        None => Err("is relative, and it is not known to what; give an absolute path".to_owned()),
    }
}

/// `C:\a\b`, if the path begins with a drive.
fn windows(path: &str) -> Option<String> {
    let (drive, rest) = path.split_at_checked(2)?;
    let letter = drive.chars().next().filter(char::is_ascii_alphabetic)?;
    let rooted = drive.ends_with(':') && rest.starts_with(['\\', '/']);
    rooted.then(|| format!("{}:\\{}", letter.to_ascii_uppercase(), parts(rest, &['\\', '/']).join("\\")))
}

fn parts<'a>(path: &'a str, separators: &[char]) -> Vec<&'a str> {
    let mut kept = Vec::new();
    for part in path.split(|c| separators.contains(&c)) {
        match part {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            part => kept.push(part),
        }
    }
    kept
}

/// The directory that `path`, which is normalised, is in.
pub(super) fn parent(path: &str) -> Option<String> {
    let (separator, top) = if windows(path).is_some() { ('\\', 3) } else { ('/', 1) };
    let at = path.rfind(separator)?;
    (path.len() > top)
        .then(|| path[..at.max(top)].trim_end_matches('\\').to_owned())
        .map(|parent| if windows(path).is_some() && parent.ends_with(':') { format!("{parent}\\") } else { parent })
}

/// Somebody's home as systems lay them out, the directory of homes, or the top of everything.
pub(super) fn is_home_or_above(path: &str) -> bool {
    let parts = parts(path, &['/', '\\']);
    match parts.as_slice() {
        [] | ["root" | "home" | "Users"] | ["home" | "Users", _] => true,
        [drive] => drive.ends_with(':'),
        [drive, users] => drive.ends_with(':') && users.eq_ignore_ascii_case("users"),
        [drive, users, _] => drive.ends_with(':') && users.eq_ignore_ascii_case("users"),
        _ => false,
    }
}

/// Whether `path` is `directory` or below it; both are normalised.
pub(super) fn is_within(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory.trim_end_matches(['/', '\\']))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\\']))
}

#[cfg(test)]
mod tests;
