//! Which calls are under way, and which wait for somebody.

use std::time::Duration;

use futures::future::join_all;
use serde::Serialize;

use crate::plugin::now;
use crate::server::places::CallState;
use crate::server::reboot::timestamp;
use crate::server::sessions::Sessions;
use crate::swap::{LazySlot, Slots, WaitingCall};

/// Calls of one slot that are told of: whoever has more has to look at the count.
const TOLD: u32 = 100;

/// A call whose client waits for the answer.
#[derive(Debug, Clone, Serialize)]
pub(in crate::server::reboot) struct CallFigures {
    tool: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot: Option<String>,
    session: String,
    client: String,
    since: String,
    seconds: f64,
    state: &'static str,
}

/// A call that waits for a person, a model, a timer, another server.
#[derive(Debug, Clone, Serialize)]
pub(in crate::server::reboot) struct WaitingFigures {
    tool: String,
    slot: String,
    session: String,
    client: String,
    since: String,
    expires_at: String,
    asks: Vec<&'static str>,
    /// Whether it outlives the host's process.
    pub(in crate::server::reboot) survives: bool,
    /// Whether it outlives a graceful restart.
    survives_restart: bool,
    why: String,
}

/// Those whose clients wait, in the order in which they began.
pub(in crate::server::reboot) fn under_way(sessions: &Sessions) -> Vec<CallFigures> {
    let now = now();
    let mut calls = Vec::new();
    for connected in sessions.all() {
        let (session, client) = (connected.session.id().to_owned(), connected.session.client().name);
        for call in connected.session.running() {
            let figures = CallFigures {
                tool: call.tool,
                slot: call.slot.map(|slot| slot.to_string()),
                session: session.clone(),
                client: client.clone(),
                since: timestamp(call.since_ms),
                seconds: Duration::from_millis(now.saturating_sub(call.since_ms)).as_secs_f64(),
                state: word(call.state),
            };
            calls.push((call.since_ms, figures));
        }
    }
    calls.sort_by_key(|(since, _)| *since);
    calls.into_iter().map(|(_, figures)| figures).collect()
}

/// Those that wait, and why it is not known of some slots.
pub(in crate::server::reboot) async fn waiting(slots: &Slots, limit: Duration) -> (Vec<WaitingFigures>, Vec<String>) {
    let all = slots.all();
    let looked = join_all(all.iter().map(|slot| waiting_in(slot, limit))).await;
    let (mut calls, mut problems) = (Vec::new(), Vec::new());
    for found in looked {
        match found {
            Ok(found) => calls.extend(found),
            Err(problem) => problems.push(problem),
        }
    }
    (calls, problems)
}

async fn waiting_in(slot: &LazySlot, limit: Duration) -> Result<Vec<WaitingFigures>, String> {
    let unknown = |why: String| format!("which calls wait in slot {} cannot be said: {why}", slot.name());
    let found = match tokio::time::timeout(limit, slot.waiting_calls(TOLD)).await {
        Ok(found) => found.map_err(unknown)?,
        Err(_) => return Err(unknown(format!("its readers have not answered in {} ms", limit.as_millis()))),
    };
    Ok(found.into_iter().map(|call| figures(slot.name().as_str(), call)).collect())
}

fn figures(slot: &str, call: WaitingCall) -> WaitingFigures {
    let expires_at = timestamp(call.expires_at);
    let (survives, survives_restart, why) = match (&call.orphaned_by, call.carried) {
        (Some(swap), _) => (false, false, format!("the version that came with swap {swap} cannot continue it")),
        (None, true) => (true, true, format!("its client has the key to it, and can come back until {expires_at}")),
        (None, false) => {
            let why = "its client waits on the connection, which ends with the host's process; a restart keeps it";
            (false, true, why.to_owned())
        }
    };
    WaitingFigures {
        tool: call.tool,
        slot: slot.to_owned(),
        session: call.session,
        client: call.client,
        since: timestamp(call.since),
        expires_at,
        asks: call.asks,
        survives,
        survives_restart,
        why,
    }
}

fn word(state: CallState) -> &'static str {
    match state {
        CallState::Queued => "queued",
        CallState::Running => "running",
        CallState::Waiting => "waiting",
    }
}

impl WaitingFigures {
    /// What would be lost with the host's process.
    pub(in crate::server::reboot) fn loss(&self) -> Option<String> {
        let (tool, slot, since) = (&self.tool, &self.slot, &self.since);
        let lost = || format!("the call of {tool} in slot {slot} that waits since {since}: {}", self.why);
        (!self.survives).then(lost)
    }
}

#[cfg(test)]
mod tests;
