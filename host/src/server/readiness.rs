//! Whether the host can be sent requests.

use serde::Serialize;

use super::lifecycle::Phase;
use super::shared::Shared;
use crate::model::SlotName;

/// Why it cannot. Anybody may read it, so it says nothing that is not in the list of tools already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Unready {
    /// A stable word: `starting`, `draining`, `not-the-host`, `not-open`, `not-serving`.
    pub(crate) reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) slot: Option<SlotName>,
    pub(crate) hint: &'static str,
}

impl Shared {
    /// All that is in the way; nothing if the host is ready. Waits for nobody.
    pub(crate) fn unready(&self) -> Vec<Unready> {
        let mut unready = Vec::new();
        match self.lifecycle.phase() {
            Phase::Starting => unready.push(of_host("starting", "it is about to serve: ask again")),
            Phase::Draining | Phase::Replacing => {
                unready.push(of_host("draining", "it is ending, and takes nothing new"));
            }
            Phase::Ready => {}
        }
        if !*self.slots.is_host().borrow() {
            unready.push(of_host("not-the-host", "another process may be the host of the data directory"));
        }
        unready.extend(self.slots.all().iter().filter_map(|slot| {
            let look = slot.look();
            let (reason, hint) = match (look.open, look.stalled) {
                (true, None) => return None,
                (true, Some(_)) => ("not-serving", "its plugin was taken out of service: see `mainstay status`"),
                (false, _) => ("not-open", "it has not been opened, or could not be: see `mainstay status`"),
            };
            Some(Unready { reason, slot: Some(look.slot), hint })
        }));
        unready
    }
}

fn of_host(reason: &'static str, hint: &'static str) -> Unready {
    Unready { reason, slot: None, hint }
}
