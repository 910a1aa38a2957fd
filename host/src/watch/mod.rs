//! Files that changed and came to rest.
//!
//! Copying a file over another is how a plugin is upgraded, and copies, editors and compilers write in pieces,
//! rename, delete and create anew. [`targets`] says which file belongs to which slot, [`folders`] has the system
//! tell of changes in their folders, [`events`] keeps what was told until somebody looks, [`rest`] decides when a
//! file is at rest, and [`worker`] is the thread that looks.
//!
//! What nobody told of is found too: all files are compared now and then, and often where the system cannot tell.

mod events;
mod folders;
mod rest;
mod stamp;
mod targets;
mod worker;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc;

use self::events::Events;
use self::folders::Folders;
pub use self::targets::Targets;
use self::worker::Worker;
use crate::config::WatchSettings;
use crate::model::{Digest, SlotName};

/// Says of a file's bytes whether they could be all of a component, or are a piece of one.
pub type LooksWhole = Box<dyn Fn(&[u8]) -> bool + Send>;

/// Changes that may wait to be taken. While one waits, files go on changing and are read when there is room, so
/// that what is taken is never much older than the file.
const WAITING: usize = 1;

/// Watches until it is dropped.
#[derive(Debug)]
#[must_use = "nothing is watched any more as soon as this is dropped"]
pub struct Watcher {
    events: Arc<Events>,
    thread: Option<JoinHandle<()>>,
}

/// Whose file it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// The component of this slot.
    Slot(SlotName),
    /// The settings.
    Settings,
}

/// Something became of a file.
#[derive(Debug)]
pub struct Change {
    pub of: Of,
    pub path: PathBuf,
    pub what: What,
}

/// What became of it.
pub enum What {
    /// It has these bytes and is at rest. Its digest is not the one of the last change told of this file.
    Settled { bytes: Vec<u8>, digest: Digest },
    /// It is gone, and has not come back for a while.
    Gone,
}

/// Why files cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("{} cannot be watched for changes: the folder {} does not exist", path.display(), folder.display())]
    NoFolder { path: PathBuf, folder: PathBuf },
    #[error("{} cannot be watched for changes: it is no path of a file", path.display())]
    NoFile { path: PathBuf },
    #[error("no thread could be started to watch files")]
    Thread(#[source] std::io::Error),
}

impl Watcher {
    /// Watches `targets` from now on. A file that is there already and that is not what the caller knows of it is
    /// a change, too. No change is lost if the receiver is slow: the last state of each file is always told.
    ///
    /// # Errors
    /// If the folder of a target does not exist. That the system cannot tell of changes is no error: files are
    /// compared then, every [`WatchSettings::poll_every`].
    pub fn start(
        targets: Targets,
        settings: WatchSettings,
        looks_whole: LooksWhole,
    ) -> Result<(Self, mpsc::Receiver<Change>), WatchError> {
        let targets = Arc::new(targets.absolute()?);
        let (events, wakes) = Events::new(Arc::clone(&targets));
        let events = Arc::new(events);
        let folders = Folders::watch(targets.folders()?, &events, settings.poll);
        let (changes, receiver) = mpsc::channel(WAITING);
        let worker = Worker::new(targets, settings, looks_whole, folders, Arc::clone(&events), changes);
        let thread = thread::Builder::new().name("watch".to_owned()).spawn(move || worker.run(&wakes));
        let thread = Some(thread.map_err(WatchError::Thread)?);
        Ok((Self { events, thread }, receiver))
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.events.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that watches files panicked");
        }
    }
}

impl fmt::Debug for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settled { bytes, digest } => write!(f, "Settled({} bytes, {digest})", bytes.len()),
            Self::Gone => f.write_str("Gone"),
        }
    }
}

#[cfg(test)]
mod tests;
