//! The project that a directory belongs to, found by what is there.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{FileError, Found};

use super::path;

/// What is at the top of a project for certain.
const CERTAIN: [&str; 2] = [".task_orchestrator", ".git"];

/// What is at the top of a project, or of a part of one.
const LIKELY: [&str; 11] = [
    "package.json",
    "pyproject.toml",
    "setup.py",
    "Cargo.toml",
    "go.mod",
    "pom.xml",
    "build.gradle",
    "composer.json",
    "Gemfile",
    "CMakeLists.txt",
    "Makefile",
];

/// Directories that are looked into, from the one that is asked about upwards.
const LEVELS: usize = 40;

/// The nearest directory at or above `directory` with a certain mark, else the nearest with a likely one, else
/// `directory` itself. Homes and what is above them are no projects, unless one is asked about.
pub(super) fn of(cx: &Context<'_>, directory: &str) -> String {
    let marks: Vec<_> = CERTAIN.iter().chain(&LIKELY).copied().collect();
    let mut likely = None;
    let mut at = Some(directory.to_owned());
    for _ in 0..LEVELS {
        let Some(here) = at.filter(|here| here == directory || !path::is_home_or_above(here)) else { break };
        let Some(found) = marked(cx, &here, &marks) else { break };
        if found.iter().any(|found| CERTAIN.contains(&found.name.as_str())) {
            return here;
        }
        at = path::parent(&here);
        if likely.is_none() && !found.is_empty() {
            likely = Some(here);
        }
    }
    likely.unwrap_or_else(|| directory.to_owned())
}

/// What of `marks` is in `directory`; none if nothing may be looked for. Some may be granted and others not.
fn marked(cx: &Context<'_>, directory: &str, marks: &[&str]) -> Option<Vec<Found>> {
    match cx.files().find(directory, marks) {
        Err(FileError::NotGranted(_)) => {}
        found => return Some(found.unwrap_or_default()),
    }
    let each = marks.iter().map(|mark| cx.files().find(directory, &[mark]));
    let granted: Vec<_> = each.filter(|found| !matches!(found, Err(FileError::NotGranted(_)))).collect();
    (!granted.is_empty()).then(|| granted.into_iter().flat_map(Result::unwrap_or_default).collect())
}

#[cfg(test)]
mod tests;
