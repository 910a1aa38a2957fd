//! The thread that looks at files when something was told of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use tokio::sync::mpsc;

use super::events::Events;
use super::folders::Folders;
use super::rest::{File, Look};
use super::stamp::Stamp;
use super::targets::Targets;
use super::{Change, LooksWhole, Of, What};
use crate::config::WatchSettings;
use crate::model::{Digest, SlotName};

/// How much less often files are compared where the system tells of changes. It misses some: behind links, on
/// network file systems, in folders above the watched ones.
const TOLD: u32 = 10;

/// What the thread works with.
pub(super) struct Worker {
    targets: Arc<Targets>,
    settings: WatchSettings,
    looks_whole: LooksWhole,
    folders: Folders,
    events: Arc<Events>,
    changes: mpsc::Sender<Change>,
    files: BTreeMap<Of, File>,
    /// When all files are compared next.
    compare_at: Instant,
}

impl Worker {
    pub(super) fn new(
        targets: Arc<Targets>,
        settings: WatchSettings,
        looks_whole: LooksWhole,
        folders: Folders,
        events: Arc<Events>,
        changes: mpsc::Sender<Change>,
    ) -> Self {
        let known = |(slot, digest): (&SlotName, &Digest)| (Of::Slot(slot.clone()), File::known(Some(*digest)));
        let files = targets.known.iter().map(known).collect();
        let compare_at = Instant::now();
        Self { targets, settings, looks_whole, folders, events, changes, files, compare_at }
    }

    /// Works until nobody wants to hear of changes any more.
    pub(super) fn run(mut self, wakes: &Receiver<()>) {
        // What is known may have changed before anybody was told to tell.
        self.touch(self.files.keys().cloned().collect());
        loop {
            let next = self.files.values().filter_map(File::look_at).min();
            let until = next.map_or(self.compare_at, |next| next.min(self.compare_at));
            if wakes.recv_deadline(until) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
            let news = self.events.take();
            if news.stop || self.changes.is_closed() {
                return;
            }
            let overdue = Instant::now() >= self.compare_at;
            if news.everything || news.folders || overdue {
                self.compare(news.folders);
            }
            self.touch(news.names.iter().flat_map(|name| self.targets.named(name)).collect());
            self.look();
            self.files.retain(|_, file| !file.is_forgotten());
        }
    }

    /// Looks for what nobody told.
    fn compare(&mut self, anew: bool) {
        self.folders.refresh(anew);
        let files: BTreeSet<Of> = self.targets.all().into_iter().chain(self.files.keys().cloned()).collect();
        let now = Instant::now();
        for of in files {
            let stamp = self.stamp(&of);
            self.files.entry(of).or_default().compare(stamp, now, &self.settings);
        }
        let pause = self.settings.poll_every();
        self.compare_at = now + if self.folders.told() { pause * TOLD } else { pause };
    }

    fn stamp(&self, of: &Of) -> Option<Stamp> {
        Stamp::of(&self.targets.path(of)?)
    }

    fn touch(&mut self, files: BTreeSet<Of>) {
        let now = Instant::now();
        for of in files {
            let stamp = self.stamp(&of);
            self.files.entry(of).or_default().touch(stamp, now, &self.settings);
        }
    }

    /// Looks at the files for which it is time.
    fn look(&mut self) {
        let mut files = std::mem::take(&mut self.files);
        for (of, file) in &mut files {
            let now = Instant::now();
            if file.look_at().is_none_or(|at| now < at) {
                continue;
            }
            if self.changes.capacity() == 0 {
                file.postpone(now, &self.settings);
                continue;
            }
            let Some(path) = self.targets.path(of) else { continue };
            let what = match file.look(Stamp::of(&path), now, &self.settings) {
                Look::Wait => None,
                Look::Read => self.read(of, file, &path),
                Look::Gone => Some(What::Gone),
            };
            if let Some(what) = what {
                tracing::debug!(path = %path.display(), ?what, "a file changed");
                // There is room, or nobody who wants it.
                drop(self.changes.try_send(Change { of: of.clone(), path, what }));
            }
        }
        self.files = files;
    }

    fn read(&self, of: &Of, file: &mut File, path: &Path) -> Option<What> {
        let contents = read(path, self.targets.longest);
        let now = Instant::now();
        match contents {
            Ok(bytes) => {
                let (digest, stamp) = (Digest::of(&bytes), Stamp::of(path));
                // Settings may be anything: what is wrong with them is said at once.
                let whole = *of == Of::Settings || (self.looks_whole)(&bytes);
                file.read(stamp, digest, whole, now, &self.settings).then_some(What::Settled { bytes, digest })
            }
            Err(error) => {
                if !file.wait_longer(now, &self.settings) {
                    tracing::warn!(path = %path.display(), %error, "a file that changed cannot be read");
                }
                None
            }
        }
    }
}

/// All of a file, or a byte more than `longest`.
fn read(path: &Path, longest: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
