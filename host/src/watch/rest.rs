//! When a file is at rest: a function of what was seen of it and when. Reads nothing itself.

use std::time::{Duration, Instant};

use super::stamp::Stamp;
use crate::config::WatchSettings;
use crate::model::Digest;

/// The longest pause between two looks at a file that is not whole.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What is known of a file.
#[derive(Debug, Default)]
pub(super) struct File {
    /// What was told of it last; none if that was that it is gone, or nothing.
    told: Option<Digest>,
    /// As it was last seen; none if it was not there.
    stamp: Option<Stamp>,
    unrest: Option<Unrest>,
}

/// It changed, and what became of it is not known yet.
#[derive(Debug)]
struct Unrest {
    /// When it last did.
    changed: Instant,
    look_at: Instant,
    /// Before the next look, if this one shows a piece of a file.
    pause: Duration,
}

/// What to do after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing, for now.
    Wait,
    /// Read it: it has not changed for a while.
    Read,
    /// Tell that it is gone.
    Gone,
}

impl File {
    /// One of which this much is known already.
    pub(super) fn known(digest: Option<Digest>) -> Self {
        Self { told: digest, ..Self::default() }
    }

    /// Something happened to it, and now it is like this.
    pub(super) fn touch(&mut self, stamp: Option<Stamp>, now: Instant, settings: &WatchSettings) {
        self.stamp = stamp;
        let settle = settings.settle();
        self.unrest = Some(Unrest { changed: now, look_at: now + settle, pause: settle });
    }

    /// It is like this, and nothing was told of it.
    pub(super) fn compare(&mut self, stamp: Option<Stamp>, now: Instant, settings: &WatchSettings) {
        if stamp != self.stamp {
            self.touch(stamp, now, settings);
        }
    }

    /// When to look at it.
    pub(super) fn look_at(&self) -> Option<Instant> {
        self.unrest.as_ref().map(|unrest| unrest.look_at)
    }

    /// It is time to look, but there is no room for what would be told.
    pub(super) fn postpone(&mut self, now: Instant, settings: &WatchSettings) {
        if let Some(unrest) = &mut self.unrest {
            unrest.look_at = now + settings.settle();
        }
    }

    /// It was looked at when it was time to.
    pub(super) fn look(&mut self, stamp: Option<Stamp>, now: Instant, settings: &WatchSettings) -> Look {
        if stamp != self.stamp {
            self.touch(stamp, now, settings);
            return Look::Wait;
        }
        let Some(unrest) = &mut self.unrest else { return Look::Wait };
        let gone_at = unrest.changed + settings.gone();
        if stamp.is_some() {
            return Look::Read;
        }
        if self.told.is_some() && now < gone_at {
            unrest.look_at = gone_at;
            return Look::Wait;
        }
        self.unrest = None;
        if self.told.take().is_some() { Look::Gone } else { Look::Wait }
    }

    /// It was read; `stamp` is from after that. Says whether to tell of it.
    pub(super) fn read(
        &mut self,
        stamp: Option<Stamp>,
        digest: Digest,
        whole: bool,
        now: Instant,
        settings: &WatchSettings,
    ) -> bool {
        if stamp != self.stamp {
            self.touch(stamp, now, settings);
            return false;
        }
        if self.told == Some(digest) {
            self.unrest = None;
            return false;
        }
        if !whole && self.wait_longer(now, settings) {
            return false;
        }
        self.told = Some(digest);
        // Looked at once more: what is saved while somebody takes this must win, whether or not it is told.
        self.touch(stamp, now, settings);
        true
    }

    /// It is there and could not be read, or not all of it. Says whether to wait for that to change.
    pub(super) fn wait_longer(&mut self, now: Instant, settings: &WatchSettings) -> bool {
        let Some(unrest) = &mut self.unrest else { return false };
        let end = unrest.changed + settings.give_up();
        if now >= end {
            self.unrest = None;
            return false;
        }
        unrest.pause = (unrest.pause * 2).min(LONGEST_PAUSE);
        unrest.look_at = (now + unrest.pause).min(end);
        true
    }

    /// There is nothing to remember.
    pub(super) fn is_forgotten(&self) -> bool {
        self.told.is_none() && self.stamp.is_none() && self.unrest.is_none()
    }
}
