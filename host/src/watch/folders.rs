//! The folders whose changes the system tells of.
//!
//! Folders and not files, because a file that is replaced takes its watch along. A folder can be replaced as well,
//! by a build that cleans up first: then the new one is watched as soon as it is there.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::events::Events;
use super::stamp::FolderId;

/// The folders, and whether the system tells of them.
#[derive(Debug)]
pub(super) struct Folders {
    /// None where it cannot tell, or is not asked.
    system: Option<RecommendedWatcher>,
    folders: Vec<Folder>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    /// The one that is watched; none if none is.
    watched: Option<FolderId>,
}

impl Folders {
    /// Watches `paths`, unless `poll` says not to or the system cannot.
    pub(super) fn watch(paths: BTreeSet<PathBuf>, events: &Arc<Events>, poll: bool) -> Self {
        let folders = paths.iter().map(|path| Folder { path: path.clone(), watched: None }).collect();
        let mut folders = Self { system: None, folders };
        if poll {
            return folders;
        }
        let events = Arc::clone(events);
        match notify::recommended_watcher(move |event| events.hear(event, &paths)) {
            Ok(system) => folders.system = Some(system),
            Err(error) => folders.give_up(&error),
        }
        folders.refresh(false);
        folders
    }

    /// Watches the folders that are there and are not watched, all of them anew if `again`.
    pub(super) fn refresh(&mut self, again: bool) {
        let Some(system) = &mut self.system else { return };
        for folder in &mut self.folders {
            let found = FolderId::of(&folder.path);
            if found == folder.watched && !again {
                continue;
            }
            // It may be gone with its folder already.
            drop(system.unwatch(&folder.path));
            folder.watched = None;
            if found.is_none() {
                continue;
            }
            match system.watch(&folder.path, RecursiveMode::NonRecursive) {
                Ok(()) => folder.watched = found,
                Err(error) if is_missing(&error) => {}
                Err(error) => return self.give_up(&error),
            }
        }
    }

    /// Whether the system tells of every change. If not, one has to look.
    pub(super) fn told(&self) -> bool {
        self.system.is_some() && self.folders.iter().all(|folder| folder.watched.is_some())
    }

    /// Never tries again, so it is said once.
    fn give_up(&mut self, error: &notify::Error) {
        tracing::warn!(%error, "the system does not tell of changed files: they are compared instead (watch.poll_ms)");
        self.system = None;
    }
}

fn is_missing(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}
