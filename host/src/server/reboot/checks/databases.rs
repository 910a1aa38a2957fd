//! Whether the files with the data are written and read, tried.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::slots::SlotFigures;
use super::{Status, micros};
use crate::model::SlotName;
use crate::swap::Slots;

/// One file.
#[derive(Debug, Clone, Serialize)]
pub(in crate::server::reboot) struct Database {
    /// Its path in the data directory.
    name: String,
    pub(in crate::server::reboot) status: Status,
    /// How long it took to write, read and commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    write_read_us: Option<u64>,
    /// On disk, with what is in its log.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::server::reboot) problem: Option<String>,
}

/// The host's own file, and what came of writing those of the slots.
pub(in crate::server::reboot) async fn check(slots: &Slots, figures: &[SlotFigures], limit: Duration) -> Vec<Database> {
    let own = match tokio::time::timeout(limit, slots.check_host_db()).await {
        Ok(checked) => checked.unwrap_or_else(|| Err("this process is not the host of the data directory".to_owned())),
        Err(_) => Err(format!("there was no answer in {} ms", limit.as_millis())),
    };
    let mut found = vec![("host.sqlite".to_owned(), slots.dir().host_database(), own)];
    for figures in figures {
        let Ok(slot) = figures.slot.parse::<SlotName>() else { continue };
        let unknown = || figures.problem.clone().unwrap_or_else(|| "there was no answer".to_owned());
        let written = figures.database.clone().unwrap_or_else(|| Err(unknown()));
        found.push((format!("slots/{slot}.sqlite"), slots.dir().slot_database(&slot), written));
    }
    // Sizes are asked of the file system, which may be slow, and are no reason to wait.
    let paths: Vec<_> = found.iter().map(|(_, path, _)| path.clone()).collect();
    let sizes = tokio::task::spawn_blocking(move || paths.iter().map(|path| size(path)).collect::<Vec<_>>());
    let sizes = tokio::time::timeout(limit, sizes).await.ok().and_then(Result::ok).unwrap_or_default();
    let sizes = sizes.into_iter().chain(std::iter::repeat(None));
    found.into_iter().zip(sizes).map(|((name, _, written), bytes)| database(name, written, bytes)).collect()
}

fn database(name: String, written: Result<Duration, String>, bytes: Option<u64>) -> Database {
    let (write_read_us, problem) = match written {
        Ok(took) => (Some(micros(took)), None),
        Err(problem) => (None, Some(format!("{name}: {problem}"))),
    };
    Database { name, status: Status::of(problem.as_ref()), write_read_us, bytes, problem }
}

fn size(path: &Path) -> Option<u64> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let length = |path: PathBuf| std::fs::metadata(path).ok().map(|file| file.len());
    Some(length(path.to_owned())? + length(log.into()).unwrap_or(0))
}
