//! Prompts that ask the person something before they are made.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::bindings::asking_prompts::exports::mainstay::plugin::asking_prompts as contract;
use crate::prompt::{PromptError, PromptResult};
use crate::step::FormAnswer;
use crate::tool::schema_of;

/// What an entry of a prompt comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum PromptStep {
    Done(PromptResult),
    /// To be made again from the beginning, with answers to these as well.
    Ask(Vec<PromptQuestion>),
}

/// A question to the person, and the key under which its answer is found.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptQuestion(contract::KeyedQuestion);

/// The answers to all that a prompt has asked so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PromptReplies(Vec<contract::KeyedReply>);

impl PromptQuestion {
    /// A form with the fields of `F` (primitive fields only).
    pub fn form<F: JsonSchema>(key: &str, message: impl Into<String>) -> Self {
        let form = contract::Form { message: message.into(), requested_schema: schema_of::<F>().to_string() };
        Self(contract::KeyedQuestion { key: key.to_owned(), question: contract::Question::Form(form) })
    }

    /// Sends the person to a web page.
    pub fn page(key: &str, message: impl Into<String>, url: impl Into<String>) -> Self {
        let page = contract::Page { message: message.into(), url: url.into() };
        Self(contract::KeyedQuestion { key: key.to_owned(), question: contract::Question::Page(page) })
    }
}

impl PromptReplies {
    /// For the glue and for tests.
    pub fn new(replies: Vec<contract::KeyedReply>) -> Self {
        Self(replies)
    }

    /// What became of the form under `key`; none if it has not been asked yet.
    pub fn form<F: DeserializeOwned>(&self, key: &str) -> Option<FormAnswer<F>> {
        let reply = self.0.iter().find(|reply| reply.key == key)?;
        Some(match &reply.reply {
            contract::Reply::Accepted(content) => serde_json::from_str(content.as_deref().unwrap_or("{}")).map_or_else(
                |error| FormAnswer::Unavailable(format!("the answer does not fit the form: {error}")),
                FormAnswer::Accepted,
            ),
            contract::Reply::Declined => FormAnswer::Declined,
            contract::Reply::Cancelled => FormAnswer::Cancelled,
            contract::Reply::Unavailable(why) => FormAnswer::Unavailable(why.clone()),
        })
    }
}

impl From<PromptStep> for contract::PromptStep {
    fn from(step: PromptStep) -> Self {
        match step {
            PromptStep::Done(made) => {
                let message = |said: crate::PromptMessage| contract::Message { role: said.role, content: said.content };
                let messages = made.messages.into_iter().map(message).collect();
                Self::Done(contract::MadePrompt { description: made.description, messages })
            }
            PromptStep::Ask(questions) => Self::Ask(questions.into_iter().map(|question| question.0).collect()),
        }
    }
}

impl From<PromptError> for contract::PromptProblem {
    fn from(error: PromptError) -> Self {
        match error {
            PromptError::UnknownPrompt => Self::UnknownPrompt,
            PromptError::InvalidArgument(problem) => Self::InvalidArgument(problem),
            PromptError::Failed(failure) => Self::Failed(failure),
        }
    }
}

#[cfg(test)]
mod tests;
