//! What goes on in a slot at this moment.

use super::lazy::LazySlot;
use super::waiting::Waiting;
use crate::model::swap::SwapPhase;
use crate::model::{Generation, SlotName, chain};
use crate::plugin::contract::tools;
use crate::plugin::now;

/// What can be said of a slot without waiting for anything.
#[derive(Debug, Clone)]
pub struct SlotLook {
    pub slot: SlotName,
    /// Whether this process works with it.
    pub open: bool,
    pub phase: SwapPhase,
    /// Why no plugin serves, if none does.
    pub stalled: Option<String>,
    /// Entries in the mailbox.
    pub queued: usize,
    /// Whether an entry that may write is running.
    pub writing: bool,
    /// To the plugin's file.
    pub connections: usize,
    /// Which serves, if the slot is open.
    pub generation: Option<Generation>,
    /// The name and the version of the plugin that serves, or is to, if it is loaded.
    pub version: Option<(String, String)>,
    /// Instances that were lost in this process.
    pub traps: u64,
}

/// A call that waits for somebody.
#[derive(Debug, Clone)]
pub struct WaitingCall {
    pub tool: String,
    /// Whose call it is.
    pub session: String,
    pub client: String,
    /// Milliseconds since the epoch.
    pub since: u64,
    pub expires_at: u64,
    /// What it waits for: `elicitation`, `sampling`, `roots`, `upstream`, `timer`.
    pub asks: Vec<&'static str>,
    /// The client has the key to it, and may come back with it to any host.
    pub carried: bool,
    /// The swap whose version cannot continue it.
    pub orphaned_by: Option<String>,
}

impl LazySlot {
    /// Never waits.
    pub fn look(&self) -> SlotLook {
        let (slot, supervisor) = (self.slot_now(), self.supervisor_now());
        SlotLook {
            slot: self.name().clone(),
            open: slot.is_some(),
            phase: supervisor.map(|supervisor| *supervisor.phase().borrow()).unwrap_or_default(),
            stalled: slot.and_then(|slot| slot.current().stalled()),
            queued: slot.map_or(0, |slot| slot.queued()),
            writing: slot.is_some_and(|slot| slot.is_writing()),
            // The writer has one, and so has each reader.
            connections: slot.map_or(0, |slot| 1 + slot.readers().count()),
            generation: slot.and_then(|slot| slot.serving().generation),
            version: self.plugin_now().map(|plugin| {
                let description = &plugin.surface().description;
                (description.name.clone(), description.version.clone())
            }),
            traps: slot.map_or(0, |slot| slot.health().traps()),
        }
    }

    /// The calls that wait, the oldest first, at most `most`; none if the slot is not open. Waits for a reader.
    ///
    /// # Errors
    /// If they cannot be read, or all readers are busy.
    pub async fn waiting_calls(&self, most: u32) -> Result<Vec<WaitingCall>, String> {
        let Some(slot) = self.slot_now() else { return Ok(Vec::new()) };
        let read = slot.readers().look(move |db| {
            let ids = db.wait_ids(now(), most)?;
            let rows = ids.iter().map(|id| db.wait(id, now()));
            rows.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()
        });
        let rows = read.await.map_err(|error| chain(&error))?;
        let calls = rows.into_iter().map(|row| {
            let (since, expires_at, carried) = (row.created_at, row.expires_at, row.holder.is_none());
            let orphaned_by = row.orphaned_by.clone();
            let (waiting, _) = Waiting::from_row(row).map_err(|error| chain(&error))?;
            let asks = waiting.requests.iter().map(|keyed| word(&keyed.request)).collect();
            let caller = waiting.call.caller;
            let (tool, session, client) = (waiting.call.tool, caller.session, caller.client_name);
            Ok(WaitingCall { tool, session, client, since, expires_at, asks, carried, orphaned_by })
        });
        calls.collect()
    }
}

fn word(request: &tools::Request) -> &'static str {
    match request {
        tools::Request::Elicit(_) | tools::Request::ElicitUrl(_) => "elicitation",
        tools::Request::Sample(_) => "sampling",
        tools::Request::Roots => "roots",
        tools::Request::CallUpstream(_) => "upstream",
        tools::Request::SleepUntil(_) => "timer",
    }
}
