//! Completion, in the words of the contract.

pub use crate::bindings::completion::exports::mainstay::plugin::completion::{
    CompletionRequest, Completions, Reference,
};
