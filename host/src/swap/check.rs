//! What looking at a slot shows: whether it can be opened, written and entered. Nothing here waits for longer than
//! it is told to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout_at;

use super::lazy::LazySlot;
use super::slots::Slots;
use crate::model::chain;

/// What came of looking at one slot.
#[derive(Debug, Clone)]
pub struct SlotCheck {
    /// Why it cannot be opened, if it cannot.
    pub opened: Result<(), String>,
    /// How long it took to write, read and commit; none if there was no answer in time.
    pub database: Option<Result<Duration, String>>,
    /// How long the plugin took to test itself; none if there was no answer in time, or it serves nobody now.
    pub probe: Option<Result<Duration, String>>,
    /// Something did not answer in time.
    pub stuck: bool,
}

impl Slots {
    /// Looks at a slot, and opens it for that if need be. An answer comes within `limit`.
    pub async fn check(&self, slot: &Arc<LazySlot>, limit: Duration) -> SlotCheck {
        let until = tokio::time::Instant::now() + limit;
        let mut check = SlotCheck { opened: Ok(()), database: None, probe: None, stuck: true };
        // Whoever opens it is not to be stopped halfway.
        let opening = Arc::clone(slot);
        let opened = tokio::spawn(async move { opening.slot().await.map(Arc::clone).map_err(|error| chain(&error)) });
        let opened = match timeout_at(until, opened).await {
            Err(_) => {
                check.opened = Err(format!("it is not open after {} ms", limit.as_millis()));
                return check;
            }
            Ok(Err(_)) => Err("a thread of the host died".to_owned()),
            Ok(Ok(opened)) => opened,
        };
        let open = match opened {
            Ok(open) => open,
            Err(problem) => {
                (check.opened, check.stuck) = (Err(problem), false);
                return check;
            }
        };
        let began = Instant::now();
        let Ok(written) = timeout_at(until, open.check_database()).await else { return check };
        check.database = written.map(|written| written.map(|()| began.elapsed()));
        let began = Instant::now();
        let Ok(tested) = timeout_at(until, open.probe()).await else { return check };
        check.probe = tested.map(|tested| tested.map(|()| began.elapsed()));
        // A mailbox that is full takes nothing more.
        check.stuck = check.database.is_none();
        check
    }

    /// How long it took to write, read and commit in the host's own file; none if this process is not the host.
    pub async fn check_host_db(&self) -> Option<Result<Duration, String>> {
        let began = Instant::now();
        let checked = self.with_host_db(|db| db.check(crate::plugin::now())).await?;
        Some(checked.map(|()| began.elapsed()).map_err(|error| chain(&error)))
    }
}
