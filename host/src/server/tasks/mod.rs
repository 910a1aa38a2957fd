//! Calls that go on without the request they came with: the protocol's tasks, for clients that know them.
//!
//! A task is a row of its slot before its client hears of it. [`runner`] takes it from step to step, in this process or in
//! the next.

mod detail;
mod runner;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use rmcp::model::{CallToolResponse, CreateTaskResult, GetTaskResult, InputResponses, Task as McpTask, TaskStatus};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::handler::Handler;
use super::reboot::timestamp;
use super::{elicit, errors};
use crate::model::SlotName;
use crate::plugin::contract::tools;
use crate::swap::{LazySlot, SlotError, Task, TaskCall};

/// How often a client may ask how a task is, in milliseconds. Looking costs a read of one row.
const POLL_MS: u64 = 500;

/// Tasks that this process works at.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Mutex<HashMap<String, Run>>);

/// One of them, from outside.
#[derive(Debug, Clone, Default)]
struct Run {
    /// Something was answered.
    answered: Arc<Notify>,
    cancelled: CancellationToken,
}

impl Handler {
    /// Answers a call with the task that it is from now on.
    pub(crate) async fn answer_with_task(
        &self,
        slot: &LazySlot,
        call: tools::Call,
        wait: Option<String>,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        match self.create_task(slot, call, wait, context).await {
            Ok(task) => Ok(task.into()),
            Err(error) => errors::slot_error(&error).map(Into::into),
        }
    }

    /// Makes a task of a call that has not begun, or that waits under the id of `wait`.
    async fn create_task(
        &self,
        slot: &LazySlot,
        call: tools::Call,
        wait: Option<String>,
        context: &RequestContext<RoleServer>,
    ) -> Result<CreateTaskResult, SlotError> {
        let of = TaskCall { call, owner: self.owner(), client: capabilities(context) };
        let id = format!("{}-{}", slot.name(), uuid::Uuid::new_v4().simple());
        let open = slot.slot().await.map_err(|_| SlotError::Stopped)?;
        open.create_task(&id, &of, wait).await?;
        let task = open.task(&id).await?.ok_or(SlotError::NoSuchWait)?;
        runner::start(self.shared(), slot.name().clone(), id);
        Ok(CreateTaskResult::new(outline(&task)))
    }

    /// Answers `tasks/get`.
    pub(crate) async fn task_got(&self, id: &str) -> Result<GetTaskResult, ErrorData> {
        let (_, task) = self.own_task(id).await?;
        Ok(GetTaskResult::new(detail::detailed(&task)))
    }

    /// Answers `tasks/update`. What nobody asked is ignored.
    pub(crate) async fn task_updated(&self, id: &str, responses: InputResponses) -> Result<(), ErrorData> {
        let (slot, task) = self.own_task(id).await?;
        let asked = detail::asked(&task);
        let fits = |(key, response): (String, serde_json::Value)| {
            let asked = asked.iter().find(|asked| asked.key == key)?;
            elicit::from_mcp(&asked.request.request, response.clone()).ok()?;
            Some((asked.request.key.clone(), response))
        };
        let answers: BTreeMap<_, _> = responses.into_iter().filter_map(fits).collect();
        if answers.is_empty() {
            return Ok(());
        }
        let open = slot.slot().await.map_err(|error| errors::protocol_error(&error, true))?;
        open.answer_task(id, answers).await.map_err(|error| errors::slot_protocol_error(&error))?;
        if let Some(run) = self.shared().tasks.run(id) {
            run.answered.notify_one();
        }
        Ok(())
    }

    /// Answers `tasks/cancel`. One that has ended stays as it ended.
    pub(crate) async fn task_cancelled(&self, id: &str) -> Result<(), ErrorData> {
        let (slot, _) = self.own_task(id).await?;
        // What runs is stopped, and nothing of it is kept; what was kept before is.
        if let Some(run) = self.shared().tasks.run(id) {
            run.cancelled.cancel();
        }
        let open = slot.slot().await.map_err(|error| errors::protocol_error(&error, true))?;
        open.end_task(id, "cancelled", None).await.map_err(|error| errors::slot_protocol_error(&error))
    }

    /// A task of somebody else is as good as none.
    async fn own_task(&self, id: &str) -> Result<(Arc<LazySlot>, Task), ErrorData> {
        let unknown = || ErrorData::invalid_params(format!("there is no task {id:?}, or it has expired"), None);
        let slot: SlotName = id.rsplit_once('-').and_then(|(slot, _)| slot.parse().ok()).ok_or_else(unknown)?;
        let slot = self.slots().get(&slot).ok_or_else(unknown)?;
        let open = slot.slot().await.map_err(|error| errors::protocol_error(&error, true))?;
        let task = open.task(id).await.map_err(|error| errors::slot_protocol_error(&error))?;
        let own = task.filter(|task| task.of.owner == self.owner()).ok_or_else(unknown)?;
        Ok((slot, own))
    }

    /// On whose behalf tasks are made: whoever runs the host is one, over whatever pipe.
    fn owner(&self) -> String {
        self.session().principal().map_or_else(|| "local".to_owned(), |principal| principal.id.clone())
    }
}

impl Tasks {
    fn run(&self, id: &str) -> Option<Run> {
        self.0.lock().get(id).cloned()
    }
}

fn capabilities(context: &RequestContext<RoleServer>) -> serde_json::Value {
    serde_json::to_value(context.client_capabilities()).unwrap_or_default()
}

/// What every answer about a task says of it.
fn outline(task: &Task) -> McpTask {
    let status = match task.state.as_str() {
        "completed" => TaskStatus::Completed,
        "failed" => TaskStatus::Failed,
        "cancelled" => TaskStatus::Cancelled,
        _ => TaskStatus::Working,
    };
    McpTask::new(&task.id, status, timestamp(task.created_at), timestamp(task.updated_at))
        .with_ttl_ms(task.expires_at.saturating_sub(task.created_at))
        .with_poll_interval_ms(POLL_MS)
}
