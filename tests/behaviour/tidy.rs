//! The house is in order: layers, sizes, first sentences, and nothing that nobody uses.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::TestResult;

/// The layers of the host. A part imports only from those with a smaller number.
const LAYERS: [(&str, u8); 12] = [
    ("cli", 6),
    ("app", 5),
    ("server", 4),
    ("swap", 3),
    ("plugin", 2),
    ("upstream", 2),
    ("store", 2),
    ("watch", 2),
    ("seal", 1),
    ("files", 1),
    ("config", 1),
    ("model", 0),
];
/// A plugin's compiled form is kept in the data directory, and its migrations are the store's to run.
const ALSO_ALLOWED: [(&str, &str); 1] = [("plugin", "store")];

/// Who may know which library.
const KNOWN_ONLY_BY: [(&str, &[&str]); 7] = [
    ("wasmtime", &["plugin"]),
    ("rmcp", &["server", "cli", "upstream"]),
    ("rusqlite", &["store"]),
    ("opentelemetry", &["server"]),
    ("prometheus_client", &["server"]),
    ("listenfd", &["app"]),
    ("sd_notify", &["app"]),
];

/// The child that compiles answers on its standard output; it is not the host that serves.
const PRINTS: [&str; 2] = ["cli", "plugin/compiler.rs"];

const LONGEST: usize = 500;

#[test]
fn every_file_begins_with_a_sentence_about_itself() -> TestResult {
    none(sources(&["host", "plugins", "tests"])?.into_iter().filter(|file| {
        let exempt = file.is_unit_test() || file.name == "host/src/lib.rs";
        !exempt && !file.text.starts_with("//! ")
    }))
}

#[test]
fn no_file_is_too_long() -> TestResult {
    none(sources(&["host", "plugins", "tests"])?.into_iter().filter(|file| file.text.lines().count() > LONGEST))
}

#[test]
fn a_layer_imports_only_from_those_below_it() -> TestResult {
    let layer = |part: &str| LAYERS.iter().find(|(name, _)| *name == part).map(|(_, layer)| *layer);
    for file in host_sources()? {
        let part = file.part();
        let Some(own) = layer(&part) else { continue };
        for (number, line) in file.code() {
            for import in line.split("crate::").skip(1) {
                let import: String = import.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                let Some(other) = layer(&import) else { continue };
                let allowed = other < own || import == part || ALSO_ALLOWED.contains(&(&*part, &*import));
                ensure!(allowed, "{}:{number}: {part} imports {import}", file.name);
            }
        }
    }
    Ok(())
}

#[test]
fn every_part_of_the_host_has_a_layer() -> TestResult {
    for file in host_sources()? {
        let part = file.part();
        let known = LAYERS.iter().any(|(name, _)| *name == part) || ["lib", "main"].contains(&&*part);
        ensure!(known, "{}: {part} has no layer", file.name);
    }
    Ok(())
}

#[test]
fn libraries_are_known_only_where_they_belong() -> TestResult {
    for file in host_sources()? {
        for (number, line) in file.code() {
            for (library, parts) in KNOWN_ONLY_BY {
                // As a path, or renamed by an import; not as a word in a message.
                let named = [format!("{library}::"), format!("{library}_"), format!("use {library}")];
                let knows = named.iter().any(|name| line.contains(name.as_str()));
                ensure!(!knows || parts.contains(&&*file.part()), "{}:{number} knows {library}", file.name);
            }
        }
    }
    Ok(())
}

#[test]
fn only_the_command_line_prints() -> TestResult {
    for file in host_sources()? {
        let inside = file.name.trim_start_matches("host/src/");
        if PRINTS.iter().any(|prints| inside.starts_with(prints)) {
            continue;
        }
        for (number, line) in file.code() {
            let prints =
                ["println!", "print!", "io::stdout()", "io::stderr()", "dbg!"].iter().any(|p| line.contains(p));
            ensure!(!prints, "{}:{number} prints", file.name);
        }
    }
    Ok(())
}

#[test]
fn every_guest_is_used_and_every_chapter_is_listed() -> TestResult {
    let tests = sources(&["tests/behaviour", "host/benches"])?;
    let all: String = tests.iter().map(|file| file.text.as_str()).collect();
    for guest in names("tests/guests/src")?.iter().filter(|name| *name != "lib") {
        ensure!(all.contains(&format!("guests::{}", guest.to_uppercase())), "no test uses the guest {guest}");
    }
    let main = fs::read_to_string(root().join("tests/behaviour/main.rs"))?;
    for chapter in names("tests/behaviour")?.iter().filter(|name| *name != "main") {
        ensure!(main.contains(&format!("mod {chapter};")), "{chapter} is not listed");
    }
    Ok(())
}

#[test]
fn every_item_of_the_contract_says_since_when() -> TestResult {
    let mut items = 0;
    for file in fs::read_dir(root().join("wit"))? {
        let path = file?.path();
        let text = fs::read_to_string(&path)?;
        let mut before = "";
        for line in text.lines().map(str::trim) {
            if is_item(line) {
                items += 1;
                ensure!(before.starts_with("@since(version = "), "{}: {line}", path.display());
            }
            before = line;
        }
    }
    ensure!(items > 50, "the contract has more than {items} items");
    Ok(())
}

fn is_item(line: &str) -> bool {
    let keywords = ["interface ", "world ", "record ", "variant ", "enum ", "flags ", "resource ", "type "];
    keywords.iter().any(|keyword| line.starts_with(keyword)) || line.contains(": func(")
}

/// A file of ours.
pub(crate) struct Source {
    /// From the root, with slashes.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Source {
    /// The part of the host it is in.
    fn part(&self) -> String {
        let inside = self.name.trim_start_matches("host/src/");
        inside.split(['/', '.']).next().unwrap_or_default().to_owned()
    }

    /// Unit tests sit beside what they test, and may look anywhere.
    fn is_unit_test(&self) -> bool {
        self.name.contains("/src/") && (self.name.ends_with("/tests.rs") || self.name.contains("/tests/"))
    }

    /// Numbered lines without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn host_sources() -> anyhow::Result<Vec<Source>> {
    Ok(sources(&["host/src"])?.into_iter().filter(|file| !file.is_unit_test()).collect())
}

/// The Rust files in these folders, from the root of the repository, and in all below.
pub(crate) fn sources(folders: &[&str]) -> anyhow::Result<Vec<Source>> {
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
            let path = file?.path();
            if path.is_dir() {
                let foreign = ["target", "node_modules"].iter().any(|name| path.ends_with(name));
                folders.extend((!foreign).then_some(path));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root())?.to_string_lossy().replace('\\', "/");
                sources.push(Source { name, text: fs::read_to_string(&path)? });
            }
        }
    }
    Ok(sources)
}

/// The names of the Rust files in a folder, without their extension.
fn names(folder: &str) -> anyhow::Result<Vec<String>> {
    let stem = |file: Source| Path::new(&file.name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Ok(sources(&[folder])?.into_iter().filter_map(stem).collect())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

fn none(files: impl Iterator<Item = Source>) -> TestResult {
    let names: Vec<_> = files.map(|file| file.name).collect();
    ensure!(names.is_empty(), "{}", names.join(", "));
    Ok(())
}
