//! The project that a directory belongs to, found by what is there.

use mainstay_plugin::FileError;
use mainstay_plugin::prelude::*;

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
        let found = match cx.files().find(&here, &marks) {
            Ok(found) => found,
            Err(FileError::NotGranted(_)) => break,
            Err(_) => Vec::new(),
        };
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

#[cfg(test)]
mod tests;
