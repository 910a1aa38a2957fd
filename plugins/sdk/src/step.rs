//! Calls that wait, written as ordinary data.
//!
//! A handler that needs an answer from outside returns [`Step::Wait`]: a continuation (any serde type,
//! usually an enum) and what to ask. Nothing of the call stays in memory, so it survives a swap, a trap
//! and a crash. When the answers are there, the tool's `resume` handler goes on from the continuation.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::exports::mainstay::plugin::tools as contract;
pub use crate::bindings::exports::mainstay::plugin::tools::{Answer, ElicitAction, Request};
use crate::bindings::mainstay::plugin::types::{Content, Role};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::tool::schema_of;

/// What an entry of a waiting tool comes to.
#[derive(Debug)]
pub enum Step<T, C> {
    Done(Reply<T>),
    Wait(Wait<C>),
}

/// What a handler of a waiting tool returns.
pub type WaitOutcome<T, C> = Result<Step<T, C>, Failure>;

/// A continuation and the requests whose answers it needs.
#[derive(Debug)]
pub struct Wait<C> {
    continuation: C,
    requests: Vec<contract::KeyedRequest>,
}

impl<C> Wait<C> {
    /// Goes on from `continuation`.
    pub fn new(continuation: C) -> Self {
        Self { continuation, requests: Vec::new() }
    }

    /// Adds a request; its answer is found under `key`.
    #[must_use]
    pub fn request(mut self, key: &str, request: Request) -> Self {
        self.requests.push(contract::KeyedRequest { key: key.to_owned(), request });
        self
    }
}

impl<T: Serialize + JsonSchema, C: Serialize> Step<T, C> {
    pub(crate) fn into_contract(self, version: u32) -> Result<contract::Step, Failure> {
        Ok(match self {
            Self::Done(reply) => contract::Step::Done(reply.into_result()?),
            Self::Wait(wait) => contract::Step::Wait(contract::Wait {
                continuation: contract::Continuation { version, data: serde_json::to_vec(&wait.continuation)? },
                requests: wait.requests,
            }),
        })
    }
}

impl<T, C> From<Reply<T>> for Step<T, C> {
    fn from(reply: Reply<T>) -> Self {
        Self::Done(reply)
    }
}

impl<T, C> From<Wait<C>> for Step<T, C> {
    fn from(wait: Wait<C>) -> Self {
        Self::Wait(wait)
    }
}

impl Request {
    /// A question to the person, as a form with the fields of `F` (primitive fields only).
    pub fn form<F: JsonSchema>(message: impl Into<String>) -> Self {
        Self::Elicit(contract::ElicitRequest {
            message: message.into(),
            requested_schema: schema_of::<F>().to_string(),
        })
    }

    /// Sends the person to a web page.
    pub fn url(message: impl Into<String>, url: impl Into<String>) -> Self {
        Self::ElicitUrl(contract::ElicitUrlRequest { message: message.into(), url: url.into() })
    }

    /// Has the client's model answer one user message.
    pub fn sample(prompt: impl Into<String>, max_tokens: u32) -> Self {
        Self::Sample(contract::SampleRequest {
            messages: vec![contract::SampleMessage { role: Role::User, content: Content::text(prompt) }],
            system_prompt: None,
            max_tokens,
            temperature: None,
            stop_sequences: Vec::new(),
            model_preferences: None,
        })
    }

    /// Calls a tool of an MCP server that the host is a client of.
    pub fn upstream(upstream: &str, tool: &str, arguments: &serde_json::Value) -> Self {
        Self::CallUpstream(contract::UpstreamRequest {
            upstream: upstream.to_owned(),
            tool: tool.to_owned(),
            arguments: arguments.to_string(),
        })
    }
}

/// The answers to a wait, by key.
#[derive(Debug)]
pub struct Answers(Vec<contract::KeyedAnswer>);

/// What became of a form.
#[derive(Debug, Clone, PartialEq)]
pub enum FormAnswer<F> {
    Accepted(F),
    Declined,
    Cancelled,
    /// The client cannot ask, nobody answered in time, or what came back does not fit the form.
    Unavailable(String),
}

impl Answers {
    /// For the glue and for tests.
    pub fn new(answers: Vec<contract::KeyedAnswer>) -> Self {
        Self(answers)
    }

    /// The answer under `key`.
    pub fn get(&self, key: &str) -> Option<&Answer> {
        self.0.iter().find(|a| a.key == key).map(|a| &a.answer)
    }

    /// The answer to a [`Request::form`].
    pub fn form<F: DeserializeOwned>(&self, key: &str) -> FormAnswer<F> {
        match self.get(key) {
            Some(Answer::Elicited(elicited)) => match elicited.action {
                ElicitAction::Decline => FormAnswer::Declined,
                ElicitAction::Cancel => FormAnswer::Cancelled,
                ElicitAction::Accept => {
                    let content = elicited.content.as_deref().unwrap_or("{}");
                    match serde_json::from_str(content) {
                        Ok(form) => FormAnswer::Accepted(form),
                        Err(error) => FormAnswer::Unavailable(format!("the answer does not fit the form: {error}")),
                    }
                }
            },
            Some(Answer::Unavailable(why)) => FormAnswer::Unavailable(match why {
                contract::Unavailable::Unsupported => "the client cannot ask its user".to_owned(),
                contract::Unavailable::TimedOut => "nobody answered in time".to_owned(),
                contract::Unavailable::Failed(what) => what.clone(),
            }),
            _ => FormAnswer::Unavailable(format!("no form was asked under {key:?}")),
        }
    }

    /// The text of the answer to a [`Request::sample`].
    pub fn sampled_text(&self, key: &str) -> Option<String> {
        let Some(Answer::Sampled(sampled)) = self.get(key) else { return None };
        let texts = sampled.content.iter().filter_map(|c| match c {
            Content::Text(text) => Some(text.text.as_str()),
            _ => None,
        });
        Some(texts.collect::<Vec<_>>().join("\n"))
    }
}
