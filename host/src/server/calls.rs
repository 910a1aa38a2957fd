//! What happens to a tool call.

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, InputResponses, ProtocolVersion};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use super::arguments::Checked;
use super::handler::Handler;
use super::metrics::Limit;
use super::places::{CallState, Mark};
use super::reports::{self, Reports};
use super::state::StateKeys;
use super::{capabilities, convert, errors, waits};
use crate::model::Digest;
use crate::plugin::contract::tools;
use crate::plugin::{KillSwitch, TaskUse, Tool};
use crate::swap::{CallRequest, LazySlot, Outcome, Slot, SlotError, Waiting};

/// One call under way.
struct Running<'a> {
    handler: &'a Handler,
    slot: &'a Slot,
    context: &'a RequestContext<RoleServer>,
    /// The client carries the key to a wait away and comes back with it.
    carried: bool,
    reports: Arc<Reports>,
    mark: Mark,
    /// A call that waits for nobody becomes a task.
    task: Option<&'a LazySlot>,
}

impl Handler {
    /// Answers a call exactly once: with its result, with what the client has to answer first, or with why
    /// it came to nothing.
    pub(crate) async fn answer_call(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let limit = self.slots().settings().server.calls_in_flight;
        let Some(place) = self.session().admit(&params.name, limit) else {
            self.shared().metrics.refusals.one_more(Limit::CallsInFlight);
            let text =
                format!("The server is busy: {limit} calls of this client are under way. Try again in a moment.");
            return Ok(errors::tool_error("busy", text, true).into());
        };
        let mut params = params;
        let Checked { slot, plugin, tool, arguments } = match self.check(&mut params).await? {
            Ok(checked) => checked,
            Err(result) => return Ok(result.into()),
        };
        if let Some(refused) = plugin.surface().tool(&tool).and_then(|tool| capabilities::refused(tool, &context)) {
            return refused.map(Into::into);
        }
        let task = plugin.surface().tool(&tool).and_then(Tool::task).filter(|_| capabilities::knows_tasks(&context));
        place.in_slot(slot.name());
        let lazy = slot;
        let slot = match lazy.slot().await {
            Ok(slot) => slot,
            Err(error) => {
                if error.is_in_use() && self.session().is_local() {
                    self.goes_elsewhere().await;
                }
                return Ok(errors::open_error(&error).into());
            }
        };
        let (reports, pump) = reports::channel(self.session(), &context);
        let modern = |version: ProtocolVersion| version >= ProtocolVersion::V_2026_07_28;
        let running = Running {
            handler: self,
            slot,
            context: &context,
            carried: context.protocol_version().is_some_and(modern),
            reports: Arc::new(reports.marking(place.mark())),
            mark: place.mark(),
            task: (task == Some(TaskUse::AfterQuestions)).then_some(&*lazy),
        };
        if task.is_some_and(|task| task != TaskUse::AfterQuestions) {
            let call = running.call(&tool, arguments);
            return self.answer_with_task(&lazy, call, None, &context).await;
        }
        let responses = params.input_responses;
        let answer = async {
            match params.request_state {
                Some(state) => running.come_back(&state, &tool, &arguments, responses.unwrap_or_default()).await,
                None => running.begin(&tool, arguments, plugin.digest(), responses).await,
            }
        };
        tokio::select! {
            // Dropping the answer's future stops the entry, queued or running.
            () = context.ct.cancelled() => Err(ErrorData::internal_error("the call was cancelled", None)),
            answer = pump.during(answer) => answer,
        }
    }
}

impl Running<'_> {
    /// With `responses`, a client answers what it knows that it will be asked.
    async fn begin(
        &self,
        tool: &str,
        arguments: String,
        checked: Digest,
        responses: Option<InputResponses>,
    ) -> Result<CallToolResponse, ErrorData> {
        let call = self.call(tool, arguments);
        let request = CallRequest {
            call,
            checked,
            carried: self.carried,
            reporter: Arc::clone(&self.reports) as Arc<_>,
            kill: KillSwitch::default(),
        };
        match self.slot.call(request).await {
            Err(SlotError::Changed(problems)) => Ok(self.handler.changed_meanwhile(tool, Some(&problems)).await.into()),
            Err(SlotError::Removed) => Ok(self.handler.changed_meanwhile(tool, None).await.into()),
            outcome => self.go_on(outcome, responses, false).await,
        }
    }

    fn call(&self, tool: &str, arguments: String) -> tools::Call {
        tools::Call {
            id: uuid::Uuid::now_v7().simple().to_string(),
            tool: tool.to_owned(),
            arguments,
            caller: self.handler.session().caller(self.context),
        }
    }

    /// A client of 2026-07-28 is back with answers.
    async fn come_back(
        &self,
        sealed: &str,
        tool: &str,
        arguments: &str,
        responses: InputResponses,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(id) = self.state_keys()?.open(sealed, tool, arguments) else {
            let text = "requestState is not one of this server's, or is for another call".to_owned();
            return Err(ErrorData::invalid_params(text, None));
        };
        let waiting = match self.slot.waiting(id).await {
            Ok(waiting) => waiting,
            Err(error) => return errors::slot_error(&error).map(Into::into),
        };
        self.go_on(Ok(Outcome::Waiting(waiting)), Some(responses), true).await
    }

    /// Follows a call through its waits to an answer. `responses` are to what it waits for first; with `has_key` the client
    /// may come back to that whatever becomes of this request.
    async fn go_on(
        &self,
        mut outcome: Result<Outcome, SlotError>,
        mut responses: Option<InputResponses>,
        mut has_key: bool,
    ) -> Result<CallToolResponse, ErrorData> {
        let patience = Duration::from_secs(self.handler.slots().settings().wait.answer_seconds);
        loop {
            let waiting = match outcome {
                Ok(Outcome::Done(answer)) => return Ok(convert::call_result(answer).into()),
                Ok(Outcome::Waiting(waiting)) => waiting,
                Ok(Outcome::Noted) => return Err(ErrorData::internal_error("a call was taken for a task", None)),
                Err(error) => return errors::slot_error(&error).map(CallToolResult::into),
            };
            if let Some(slot) = self.task.filter(|_| waits::is_for_nobody(&waiting, self.context)) {
                return self.handler.answer_with_task(slot, waiting.call, Some(waiting.id), self.context).await;
            }
            // Whoever drops this future will not answer: the row goes with it, unless the client has the key.
            let abandon = AbandonOnDrop { slot: self.slot, wait: Some(waiting.id.clone()).filter(|_| !has_key) };
            self.mark.set(CallState::Waiting);
            let next = tokio::select! {
                () = self.handler.shared().lifecycle.given_up() => return Ok(errors::interrupted(errors::RESTARTED).into()),
                () = self.handler.client_left() => return Err(ErrorData::internal_error("the client has gone", None)),
                next = self.pursue(&waiting, responses.take(), patience) => next,
                error = self.slot.orphaned(&waiting.id) => return errors::slot_error(&error).map(CallToolResult::into),
            };
            match next {
                waits::Next::Answered(answers) => {
                    outcome = self.resume(&waiting, answers).await;
                    has_key = false;
                    if !matches!(outcome, Err(SlotError::Busy(_) | SlotError::Expired(_))) {
                        abandon.keep();
                    }
                }
                waits::Next::AskClient(questions) => {
                    abandon.keep();
                    let state = self.state_keys()?.seal(&waiting.id, &waiting.call.tool, &waiting.call.arguments);
                    return Ok(waits::input_required(questions, state).into());
                }
            }
        }
    }

    fn state_keys(&self) -> Result<Arc<StateKeys>, ErrorData> {
        self.handler.shared().state_keys().map_err(|error| errors::protocol_error(&error, true))
    }

    async fn pursue(&self, waiting: &Waiting, responses: Option<InputResponses>, patience: Duration) -> waits::Next {
        if let Some(responses) = responses.filter(|_| self.carried)
            && let Some(answers) = waits::answers(waiting, &responses, self.context).await
        {
            return waits::Next::Answered(answers);
        }
        waits::pursue(waiting, self.carried, patience, self.context).await
    }

    async fn resume(&self, waiting: &Waiting, answers: Vec<tools::KeyedAnswer>) -> Result<Outcome, SlotError> {
        self.mark.set(CallState::Queued);
        let reporter = Arc::clone(&self.reports) as Arc<_>;
        self.slot.resume(waiting.id.clone(), answers, self.carried, reporter, KillSwitch::default()).await
    }
}

/// Removes the row of a call that nobody waits for any more.
struct AbandonOnDrop<'a> {
    slot: &'a Slot,
    wait: Option<String>,
}

impl AbandonOnDrop<'_> {
    fn keep(mut self) {
        self.wait = None;
    }
}

impl Drop for AbandonOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(wait) = self.wait.take() {
            self.slot.abandon(wait);
        }
    }
}
