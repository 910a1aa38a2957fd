//! The folder of an export.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};

/// The file that is taken in again.
pub(in crate::cli) const RECORDS: &str = "export.jsonl";
/// The same while it is written.
const UNFINISHED: &str = "export.jsonl.part";
/// What its first line has.
const FIRST: &str = "\"mainstay-export\"";
/// Folders of pages; one of a workspace begins with the last.
const PAGES: [&str; 3] = ["plans", "artifacts", "workspace-"];

/// A folder that is being written.
pub(super) struct Folder {
    root: PathBuf,
    records: File,
    pages: BTreeSet<String>,
}

impl Folder {
    /// Whether an export may go there: the folder is new, empty, or one of an export.
    pub(super) fn check(root: &Path) -> Result<(), String> {
        let entries = match fs::read_dir(root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(format!("{} cannot be written: {error}", root.display())),
        };
        let is_ours = [RECORDS, UNFINISHED].iter().any(|name| is_export(&root.join(name)));
        if entries.count() == 0 || is_ours {
            return Ok(());
        }
        Err(format!("{} is not empty and no export: name another folder with --to", root.display()))
    }

    /// Removes what is left of the export before, and nothing else.
    pub(super) fn begin(root: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(root).with_context(|| format!("{} cannot be made", root.display()))?;
        let unfinished = root.join(UNFINISHED);
        let records =
            File::create(&unfinished).with_context(|| format!("{} cannot be written", unfinished.display()))?;
        remove_pages(root)?;
        Ok(Self { root: root.to_owned(), records, pages: BTreeSet::new() })
    }

    pub(super) fn append_records(&mut self, lines: &str) -> io::Result<()> {
        self.records.write_all(lines.as_bytes())
    }

    /// Adds to a page, whose name is a path below the folder.
    pub(super) fn append_page(&mut self, name: &str, text: &str) -> anyhow::Result<()> {
        let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if name.is_empty() || !plain {
            bail!("the orchestrator named a page {name:?}, which is not below the folder");
        }
        let path = self.root.join(name);
        if let Some(above) = path.parent() {
            fs::create_dir_all(above)?;
        }
        let is_new = self.pages.insert(name.to_owned());
        let mut file = OpenOptions::new().create(true).write(true).append(!is_new).truncate(is_new).open(&path)?;
        Ok(file.write_all(text.as_bytes())?)
    }

    pub(super) fn pages(&self) -> usize {
        self.pages.len()
    }

    /// Only now it is an export.
    pub(super) fn finish(self) -> io::Result<()> {
        self.records.sync_all()?;
        fs::rename(self.root.join(UNFINISHED), self.root.join(RECORDS))
    }
}

/// Whether a file begins as the records of an export do.
pub(in crate::cli) fn is_export(file: &Path) -> bool {
    let mut first = String::new();
    File::open(file).and_then(|file| BufReader::new(io::Read::take(file, 1024)).read_line(&mut first)).is_ok()
        && first.contains(FIRST)
}

fn remove_pages(root: &Path) -> io::Result<()> {
    drop(fs::remove_file(root.join("README.md")));
    for entry in fs::read_dir(root)?.flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| {
            PAGES.iter().any(|pages| match *pages {
                "workspace-" => name.strip_prefix("workspace-").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())),
                pages => name == pages,
            })
        });
        if ours && entry.file_type()?.is_dir() {
            if name.to_string_lossy().starts_with("workspace-") {
                remove_pages(&entry.path())?;
            } else {
                for page in fs::read_dir(entry.path())?.flatten() {
                    if page.path().extension().is_some_and(|extension| extension == "md") {
                        fs::remove_file(page.path())?;
                    }
                }
            }
            // What somebody else put there stays, and the folder with it.
            drop(fs::remove_dir(entry.path()));
        }
    }
    Ok(())
}
