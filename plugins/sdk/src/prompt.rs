//! Prompts, in the words of the contract.

pub use crate::bindings::prompts::exports::mainstay::plugin::prompts::{
    Prompt, PromptArgument, PromptError, PromptMessage, PromptResult,
};
use crate::failure::Failure;

impl From<Failure> for PromptError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure.into())
    }
}
