//! A snapshot, written to a file for people.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::look::Kept;
use crate::app::Options;
use crate::cli::exit_code::WrongUsage;
use crate::cli::table::print;
use crate::store::DataDir;

/// Write a snapshot to a file, as JSON that is not sealed
///
/// Left out are the keys that the plugin marked as secret, and what one version handed over to the next: nobody but the
/// plugin knows what is in that. Values are in base64. The file is readable by you alone, and must not be there yet.
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// Which, or the beginning of its name; `mainstay snapshot list` names them
    id: String,
    /// Where to
    file: PathBuf,
}

impl Export {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let (snapshot, content) = Kept::find(&dir, &self.id)?;
        let carried = content.carried.is_some();
        let content = content.without_secrets();
        let (written, secret) = (content.entries.len(), snapshot.secret_entries);
        let document = serde_json::to_string_pretty(&json!({ "snapshot": snapshot, "content": content }))?;
        self.write(document.as_bytes())?;
        let file = self.file.display();
        let mut said = format!("{written} keys were written to {file}, {secret} secret ones left out");
        if carried {
            said.push_str(", and so was what the version before handed over");
        }
        print(&said)
    }

    /// Durably, or there is no such file.
    fn write(&self, document: &[u8]) -> anyhow::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = match options.open(&self.file) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let file = self.file.display();
                return Err(WrongUsage(format!("{file} is there already: name another file")).into());
            }
            other => other.with_context(|| format!("could not make {}", self.file.display()))?,
        };
        let written = file.write_all(document).and_then(|()| file.write_all(b"\n")).and_then(|()| file.sync_all());
        if written.is_err() {
            drop(std::fs::remove_file(&self.file));
        }
        written.with_context(|| format!("could not write {}", self.file.display()))
    }
}
