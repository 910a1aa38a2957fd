//! Prompts, and what they ask the person before they are made.
//!
//! A prompt is made anew with each answer, so nothing is kept here: a client of 2026-07-28 is handed the answers that
//! were given so far, sealed, and brings them back with the next ones.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{
    GetPromptRequestParams, GetPromptResponse, GetPromptResult, InputRequests, InputResponses, ProtocolVersion,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::Value;

use super::Handler;
use super::prompts::prompt_error;
use crate::plugin::contract::asking_prompts::{self as asking, KeyedQuestion, KeyedReply, PromptProblem, PromptStep};
use crate::plugin::contract::{prompts, tools};
use crate::server::state::StateKeys;
use crate::server::{convert, elicit, errors, waits};
use crate::swap::LazySlot;

/// In the key that a client carries: it is for a prompt, and for no tool of the same name.
const BOUND_TO: &str = "prompts/get ";

/// What comes of the questions of one round.
enum Asked {
    /// More is known than before.
    Known,
    /// The client has to come back.
    AskClient(InputRequests),
}

impl Handler {
    /// Answers `prompts/get`.
    pub(super) async fn prompt_got(
        &self,
        params: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let arguments: Vec<_> =
            params.arguments.iter().flatten().map(|(key, value)| (key.clone(), text(value))).collect();
        for (slot, plugin) in self.surfaces().await? {
            if !plugin.surface().has_prompts {
                continue;
            }
            let made = if plugin.has_asking_prompts() {
                self.make_prompt(&slot, &params, arguments.clone(), &context).await?
            } else {
                self.get_plain_prompt(&slot, &params.name, arguments.clone(), &context).await?
            };
            if let Some(made) = made {
                return Ok(made);
            }
        }
        Err(prompt_error(&prompts::PromptError::UnknownPrompt, &params.name))
    }

    /// None if the plugin has no such prompt.
    async fn get_plain_prompt(
        &self,
        slot: &LazySlot,
        name: &str,
        arguments: Vec<(String, String)>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Option<GetPromptResponse>, ErrorData> {
        let (caller, wanted) = (self.session().caller(context), name.to_owned());
        let got = self.read(slot, move |instance, cx| instance.get_prompt(cx, &caller, &wanted, &arguments)).await?;
        match got {
            Ok(got) => {
                let messages = got.messages.into_iter().map(convert::prompt_message).collect();
                Ok(Some(complete(messages, got.description)))
            }
            Err(prompts::PromptError::UnknownPrompt) => Ok(None),
            Err(error) => Err(prompt_error(&error, name)),
        }
    }

    /// The same for a plugin whose prompts may ask.
    async fn make_prompt(
        &self,
        slot: &LazySlot,
        params: &GetPromptRequestParams,
        arguments: Vec<(String, String)>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Option<GetPromptResponse>, ErrorData> {
        let (bound, given) = (format!("{BOUND_TO}{}", params.name), serde_json::json!(arguments).to_string());
        let mut replies = match &params.request_state {
            Some(sealed) => self.replies(sealed, &bound, &given)?,
            None => Vec::new(),
        };
        let mut responses = params.input_responses.clone().unwrap_or_default();
        let carried = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        for _ in 0..self.slots().settings().wait.rounds {
            let (caller, name, arguments) = (self.session().caller(context), params.name.clone(), arguments.clone());
            let known = replies.clone();
            let entry = move |instance: crate::plugin::Instance, cx: &crate::plugin::EntryContext| {
                instance.make_prompt(cx, &caller, &name, &arguments, &known)
            };
            let questions = match self.read(slot, entry).await? {
                Ok(PromptStep::Done(made)) => {
                    let messages = made.messages.into_iter().map(convert::made_message).collect();
                    return Ok(Some(complete(messages, made.description)));
                }
                Ok(PromptStep::Ask(questions)) => questions,
                Err(PromptProblem::UnknownPrompt) => return Ok(None),
                Err(problem) => return Err(prompt_error(&in_old_words(problem), &params.name)),
            };
            check(&questions, &replies)?;
            if !carried {
                self.ask_over_connection(&questions, &mut replies, context).await;
                continue;
            }
            if let Asked::AskClient(asked) = take_answers(&questions, &mut responses, &mut replies, context) {
                let state = serde_json::to_vec(&replies).map_err(|error| errors::protocol_error(&error, false))?;
                let state = self.state_keys()?.seal_bytes(&state, &bound, &given);
                return Ok(Some(GetPromptResponse::InputRequired(waits::input_required(asked, state))));
            }
        }
        Err(ErrorData::internal_error("the prompt asks and asks, which is a loop", None))
    }

    fn state_keys(&self) -> Result<Arc<StateKeys>, ErrorData> {
        self.shared().state_keys().map_err(|error| errors::protocol_error(&error, true))
    }

    fn replies(&self, sealed: &str, bound: &str, given: &str) -> Result<Vec<KeyedReply>, ErrorData> {
        let opened = self.state_keys()?.open_bytes(sealed, bound, given);
        opened.and_then(|state| serde_json::from_slice(&state).ok()).ok_or_else(|| {
            let text = "requestState is not one of this server's, or is for another prompt";
            ErrorData::invalid_params(text, None)
        })
    }

    async fn ask_over_connection(
        &self,
        questions: &[KeyedQuestion],
        replies: &mut Vec<KeyedReply>,
        context: &RequestContext<RoleServer>,
    ) {
        let patience = Duration::from_secs(self.slots().settings().wait.answer_seconds);
        for question in questions {
            let request = request(&question.question);
            let can = elicit::supported(&request, context.client_capabilities().as_ref());
            let answer = if can {
                waits::ask_client(&request, &question.key, patience, context).await
            } else {
                tools::Answer::Unavailable(tools::Unavailable::Unsupported)
            };
            replies.push(KeyedReply { key: question.key.clone(), reply: reply(answer) });
        }
    }
}

/// What a client brought back is known; what it did not is asked again, and nobody is asked what he cannot answer.
fn take_answers(
    questions: &[KeyedQuestion],
    responses: &mut InputResponses,
    replies: &mut Vec<KeyedReply>,
    context: &RequestContext<RoleServer>,
) -> Asked {
    let capabilities = context.client_capabilities();
    let mut asked = InputRequests::new();
    for KeyedQuestion { key, question } in questions {
        let request = request(question);
        let answer = if !elicit::supported(&request, capabilities.as_ref()) {
            Some(tools::Answer::Unavailable(tools::Unavailable::Unsupported))
        } else {
            responses.remove(key).and_then(|response| elicit::from_mcp(&request, response).ok())
        };
        match (answer, elicit::to_mcp(&request, key)) {
            (Some(answer), _) => replies.push(KeyedReply { key: key.clone(), reply: reply(answer) }),
            (None, Ok(question)) => drop(asked.insert(key.clone(), question)),
            (None, Err(problem)) => {
                replies.push(KeyedReply { key: key.clone(), reply: asking::Reply::Unavailable(problem) });
            }
        }
    }
    if asked.is_empty() { Asked::Known } else { Asked::AskClient(asked) }
}

fn check(questions: &[KeyedQuestion], replies: &[KeyedReply]) -> Result<(), ErrorData> {
    let mut keys: HashSet<&str> = replies.iter().map(|reply| reply.key.as_str()).collect();
    let in_order = questions.iter().all(|question| crate::swap::is_key(&question.key) && keys.insert(&question.key));
    if in_order && !questions.is_empty() {
        return Ok(());
    }
    let text = "the plugin broke its contract: a prompt asks at least one question, each under a key of its own";
    Err(ErrorData::internal_error(text, None))
}

fn complete(messages: Vec<rmcp::model::PromptMessage>, description: Option<String>) -> GetPromptResponse {
    let mut result = GetPromptResult::new(messages);
    result.description = description;
    GetPromptResponse::Complete(result)
}

/// As a tool would ask it.
fn request(question: &asking::Question) -> tools::Request {
    match question {
        asking::Question::Form(form) => tools::Request::Elicit(tools::ElicitRequest {
            message: form.message.clone(),
            requested_schema: form.requested_schema.clone(),
        }),
        asking::Question::Page(page) => {
            tools::Request::ElicitUrl(tools::ElicitUrlRequest { message: page.message.clone(), url: page.url.clone() })
        }
    }
}

fn reply(answer: tools::Answer) -> asking::Reply {
    match answer {
        tools::Answer::Elicited(elicited) => match elicited.action {
            tools::ElicitAction::Accept => asking::Reply::Accepted(elicited.content),
            tools::ElicitAction::Decline => asking::Reply::Declined,
            tools::ElicitAction::Cancel => asking::Reply::Cancelled,
        },
        tools::Answer::Unavailable(tools::Unavailable::TimedOut) => {
            asking::Reply::Unavailable("nobody answered in time".to_owned())
        }
        tools::Answer::Unavailable(tools::Unavailable::Failed(why)) => asking::Reply::Unavailable(why),
        _ => asking::Reply::Unavailable("the client cannot ask its user".to_owned()),
    }
}

fn in_old_words(problem: PromptProblem) -> prompts::PromptError {
    match problem {
        PromptProblem::UnknownPrompt => prompts::PromptError::UnknownPrompt,
        PromptProblem::InvalidArgument(problem) => prompts::PromptError::InvalidArgument(problem),
        PromptProblem::Failed(failure) => prompts::PromptError::Failed(failure),
    }
}
