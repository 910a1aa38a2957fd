//! What was told of changes, until somebody looks.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use notify::event::{AccessKind, AccessMode, EventKind, Flag, ModifyKind};
use parking_lot::Mutex;

use super::targets::Targets;

/// Names that are kept apart. More at once are a storm, in which everything is looked at.
const NAMES: usize = 256;

/// Collects news and wakes whoever waits for them. Never blocks the system's own thread, and a thousand events of
/// a file are one.
#[derive(Debug)]
pub(super) struct Events {
    targets: Arc<Targets>,
    news: Mutex<News>,
    wake: Sender<()>,
}

/// What has been told since somebody last looked.
#[derive(Debug, Default)]
pub(super) struct News {
    /// Names of files to look at.
    pub(super) names: BTreeSet<OsString>,
    /// Events were lost, or are too many: look at everything.
    pub(super) everything: bool,
    /// A watched folder may be another one now.
    pub(super) folders: bool,
    pub(super) stop: bool,
}

impl Events {
    pub(super) fn new(targets: Arc<Targets>) -> (Self, Receiver<()>) {
        let (wake, wakes) = bounded(1);
        (Self { targets, news: Mutex::default(), wake }, wakes)
    }

    /// Takes an event.
    pub(super) fn hear(&self, event: notify::Result<notify::Event>, folders: &BTreeSet<std::path::PathBuf>) {
        let mut news = self.news.lock();
        match event {
            // Reading is no change; and we read ourselves.
            Ok(event) if is_access(event.kind) => return,
            Ok(event) => {
                news.everything |= event.flag() == Some(Flag::Rescan) || event.paths.is_empty();
                let gone = matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
                for path in &event.paths {
                    news.folders |= gone && folders.contains(path);
                    let name = path.file_name().filter(|name| !self.targets.named(name).is_empty());
                    news.names.extend(name.map(ToOwned::to_owned));
                }
            }
            Err(error) => {
                tracing::debug!(%error, "an error while waiting for changes of files");
                news.everything = true;
                news.folders = true;
            }
        }
        if news.names.len() > NAMES {
            news.names.clear();
            news.everything = true;
        }
        let any = news.everything || news.folders || !news.names.is_empty();
        drop(news);
        if any {
            self.wake();
        }
    }

    /// All news, once.
    pub(super) fn take(&self) -> News {
        std::mem::take(&mut *self.news.lock())
    }

    /// Ends whoever waits.
    pub(super) fn stop(&self) {
        self.news.lock().stop = true;
        self.wake();
    }

    fn wake(&self) {
        // If it is full, a waking is on its way.
        let _ = self.wake.try_send(());
    }
}

fn is_access(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}
