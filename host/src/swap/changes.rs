//! What plugins say has changed, on its way to whoever wants to hear of it.

use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use super::catalogue::Others;
use crate::plugin::Change;

/// Resources that changed and that a listener has not come to yet. One that is further behind is told that it missed
/// some: it takes every resource for changed then.
const BEHIND: usize = 1_024;

/// The most that one entry is listened to for: it is kept until the entry is on disk.
const HEARD: usize = 1_000;

/// Where what is on disk is told.
#[derive(Debug, Clone)]
pub struct Changes {
    others: watch::Sender<Others>,
    resources: broadcast::Sender<Arc<str>>,
}

impl Default for Changes {
    fn default() -> Self {
        Self { others: watch::Sender::default(), resources: broadcast::Sender::new(BEHIND) }
    }
}

impl Changes {
    /// Changes when a list that is not published does, or is said to.
    pub(crate) fn lists(&self) -> watch::Receiver<Others> {
        self.others.subscribe()
    }

    /// URIs of resources that changed.
    pub(crate) fn resources(&self) -> broadcast::Receiver<Arc<str>> {
        self.resources.subscribe()
    }

    /// Says which lists changed.
    pub(crate) fn lists_changed(&self, tools: bool, prompts: bool, resources: bool) {
        self.others.send_if_modified(|others| {
            others.tools += u64::from(tools);
            others.prompts += u64::from(prompts);
            others.resources += u64::from(resources);
            tools || prompts || resources
        });
    }

    pub(crate) fn tell(&self, changes: &[Change]) {
        let said = |change: &Change| changes.contains(change);
        self.lists_changed(said(&Change::Tools), said(&Change::Prompts), said(&Change::Resources));
        for change in changes {
            if let Change::Resource(uri) = change {
                // Nobody listens: nobody subscribed.
                drop(self.resources.send(Arc::from(uri.as_str())));
            }
        }
    }
}

/// What the entries of one transaction said, as long as they are not on disk.
#[derive(Debug, Default)]
pub(crate) struct Said {
    all: Vec<Change>,
    /// Where what the running entry said begins.
    entry: usize,
}

impl Said {
    /// An entry begins.
    pub(crate) fn begin(&mut self) {
        self.entry = self.all.len();
    }

    pub(crate) fn hear(&mut self, change: Change) {
        let entry = &self.all[self.entry..];
        if entry.len() < HEARD && !entry.contains(&change) {
            self.all.push(change);
        }
    }

    /// The entry came to nothing.
    pub(crate) fn undo(&mut self) {
        self.all.truncate(self.entry);
    }

    /// Everything, which is on disk or has come to nothing with its transaction.
    pub(crate) fn take(&mut self) -> Vec<Change> {
        self.entry = 0;
        std::mem::take(&mut self.all)
    }
}

#[cfg(test)]
mod tests;
