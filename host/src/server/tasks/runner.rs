//! Takes tasks from step to step.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;

use super::{Run, detail};
use crate::model::{SlotName, chain};
use crate::plugin::contract::tools;
use crate::plugin::now;
use crate::server::shared::Shared;
use crate::server::{convert, elicit, errors, waits};
use crate::swap::{Answer, Slot, SlotError, Task, Waiting};

/// How long what cannot be done now is left alone.
const AGAIN: Duration = Duration::from_secs(1);

/// What a task comes to next.
enum Next {
    /// Everything that it waits for is answered.
    Answered(Vec<tools::KeyedAnswer>),
    /// It may be another one now.
    Look,
}

/// Works at a task until it has ended.
pub(super) fn start(shared: &Arc<Shared>, slot: SlotName, id: String) {
    let run = Run::default();
    if shared.tasks.0.lock().insert(id.clone(), run.clone()).is_some() {
        return;
    }
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        tokio::select! {
            // Dropping what it does stops the entry, queued or running.
            () = run.cancelled.cancelled() => {}
            () = work(&shared, &slot, &id, &run) => {}
        }
        shared.tasks.0.lock().remove(&id);
    });
}

impl Shared {
    /// Goes on with what the host before this one did not end. Waits until this process is the host.
    pub async fn go_on_with_tasks(self: &Arc<Self>) {
        if self.slots.is_host().wait_for(|is| *is).await.is_err() {
            return;
        }
        for slot in self.slots.all() {
            let name = slot.name().clone();
            // A slot without any is not opened for it.
            let Ok(unfinished) = tokio::task::spawn_blocking(move || slot.unfinished_tasks()).await else { continue };
            for id in unfinished {
                start(self, name.clone(), id);
            }
        }
    }
}

async fn work(shared: &Shared, name: &SlotName, id: &str, run: &Run) {
    loop {
        let Some(slot) = shared.slots.get(name) else { return };
        let slot = match slot.slot().await {
            Ok(slot) => slot,
            Err(error) => {
                tracing::warn!(error = chain(&error), task = id, "a task cannot go on now");
                tokio::time::sleep(AGAIN).await;
                continue;
            }
        };
        match step(slot, id, run).await {
            Ok(true) => {}
            Ok(false) | Err(SlotError::Stopped) => return,
            Err(SlotError::Busy(_) | SlotError::Expired(_) | SlotError::Interrupted | SlotError::Stalled(_)) => {
                tokio::time::sleep(AGAIN).await;
            }
            Err(error) => return end(slot, id, &error).await,
        }
    }
}

/// One step; whether there is another.
async fn step(slot: &Slot, id: &str, run: &Run) -> Result<bool, SlotError> {
    let Some(task) = slot.task(id).await?.filter(|task| task.state == "working") else { return Ok(false) };
    let Some(waiting) = &task.waiting else {
        slot.go_on_with_task(id, None, render).await?;
        return Ok(true);
    };
    let left = Duration::from_millis(task.expires_at.saturating_sub(now()));
    let next = tokio::select! {
        next = pursue(&task, waiting, run) => next,
        error = slot.orphaned(&waiting.id) => return Err(error),
        () = tokio::time::sleep(left) => return Ok(false),
    };
    if let Next::Answered(answers) = next {
        slot.go_on_with_task(id, Some(answers), render).await?;
    }
    Ok(true)
}

/// Waits for what the task waits for, or for an answer.
async fn pursue(task: &Task, waiting: &Waiting, run: &Run) -> Next {
    if !detail::asked(task).is_empty() {
        run.answered.notified().await;
        return Next::Look;
    }
    let client = detail::client(task);
    let answers = waiting.requests.iter().map(|keyed| async {
        let answer = match task.answers.get(&keyed.key) {
            Some(answer) => answered(&keyed.request, answer.clone()),
            None if elicit::supported(&keyed.request, client.as_ref()) => {
                // It is not asked, so it cannot be: its JSON is in no order.
                waits::failed(elicit::to_mcp(&keyed.request, &keyed.key).err().unwrap_or_default())
            }
            None => waits::answer_here(&keyed.request).await,
        };
        tools::KeyedAnswer { key: keyed.key.clone(), answer }
    });
    Next::Answered(join_all(answers).await)
}

fn answered(request: &tools::Request, answer: Value) -> tools::Answer {
    elicit::from_mcp(request, answer).unwrap_or_else(waits::failed)
}

fn render(answer: Answer) -> String {
    serde_json::to_string(&convert::call_result(answer)).unwrap_or_default()
}

/// The task's call came to nothing.
async fn end(slot: &Slot, id: &str, error: &SlotError) {
    let (state, outcome) = match errors::slot_error(error) {
        Ok(result) => ("completed", serde_json::to_string(&result)),
        Err(error) => ("failed", serde_json::to_string(&error)),
    };
    if let Err(error) = slot.end_task(id, state, outcome.ok()).await {
        tracing::warn!(error = chain(&error), task = id, "a task that came to nothing could not be ended");
    }
}
