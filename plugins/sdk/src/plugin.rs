//! The trait a plugin implements.

use crate::asking::{PromptReplies, PromptStep};
use crate::completion::{CompletionRequest, Completions};
use crate::context::Context;
use crate::describe::Description;
use crate::failure::Failure;
use crate::prompt::{Prompt, PromptError, PromptResult};
use crate::resource::{ResourceContents, ResourceError, ResourcePage, ResourceTemplate};
use crate::tool::Tool;

/// A plugin's logic. `Default` makes a fresh instance, which the host does often: after every trap, for
/// every reader, at every swap. Whatever must outlive a call belongs in `cx.db()` or `cx.state()`.
pub trait Plugin: Default + 'static {
    /// Name, version, schema. Always the same.
    fn describe() -> Description;

    /// The tools, in the order they should be shown. Always the same.
    fn tools() -> Vec<Tool<Self>>;

    /// Readies a fresh instance; `config` is the object configured for the slot. May read, not write.
    ///
    /// # Errors
    /// Keeps the instance from serving.
    fn start(&mut self, _cx: &Context<'_>, _config: serde_json::Value) -> Result<(), Failure> {
        Ok(())
    }

    /// Comes to rest before a swap, or says what is in the way.
    ///
    /// # Errors
    /// What is in the way, for people.
    fn quiesce(&mut self, _cx: &Context<'_>) -> Result<(), String> {
        Ok(())
    }

    /// The working state in memory, for the successor: another version, or this one in the next process. None is needed
    /// if it is all in tables or `state`.
    ///
    /// # Errors
    /// Keeps the swap from happening.
    fn export_state(&self) -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }

    /// Takes over what `export_state` of a predecessor gave, written at `schema`; not called if it gave no
    /// bytes. A fresh instance that takes over after a trap or a kill is handed what the last swap, or the
    /// last end of a host in good order, carried over, so whatever its predecessor added to that is gone.
    ///
    /// # Errors
    /// Why the bytes cannot be used; keeps the swap from happening.
    fn import_state(&mut self, _schema: u32, _data: &[u8]) -> Result<(), String> {
        Ok(())
    }

    /// Checks that this instance could serve.
    ///
    /// # Errors
    /// What is wrong.
    fn self_test(&mut self, _cx: &Context<'_>) -> Result<(), Failure> {
        Ok(())
    }

    /// One page of resources. Needs `export!(…, resources)`.
    ///
    /// # Errors
    /// A cursor that is not one of ours, or a failure.
    fn list_resources(&mut self, _cx: &Context<'_>, _cursor: Option<&str>) -> Result<ResourcePage, ResourceError> {
        Ok(ResourcePage { resources: Vec::new(), next_cursor: None })
    }

    /// Always the same. Needs `export!(…, resources)`.
    fn resource_templates() -> Vec<ResourceTemplate> {
        Vec::new()
    }

    /// What is at `uri`. Needs `export!(…, resources)`.
    ///
    /// # Errors
    /// There is no such resource, or it cannot be read.
    fn read_resource(&mut self, _cx: &Context<'_>, _uri: &str) -> Result<Vec<ResourceContents>, ResourceError> {
        Err(ResourceError::NotFound)
    }

    /// Needs `export!(…, prompts)`.
    ///
    /// # Errors
    /// Why they cannot be listed.
    fn list_prompts(&mut self, _cx: &Context<'_>) -> Result<Vec<Prompt>, Failure> {
        Ok(Vec::new())
    }

    /// Needs `export!(…, prompts)`.
    ///
    /// # Errors
    /// No such prompt, or an argument it cannot use.
    fn get_prompt(
        &mut self,
        _cx: &Context<'_>,
        _name: &str,
        _arguments: &[(String, String)],
    ) -> Result<PromptResult, PromptError> {
        Err(PromptError::UnknownPrompt)
    }

    /// A prompt that may ask the person something first; `replies` are to all that it asked so far. Needs
    /// `export!(…, asking_prompts)`, and is called in place of [`Plugin::get_prompt`] then.
    ///
    /// # Errors
    /// No such prompt, or an argument it cannot use.
    fn make_prompt(
        &mut self,
        cx: &Context<'_>,
        name: &str,
        arguments: &[(String, String)],
        _replies: &PromptReplies,
    ) -> Result<PromptStep, PromptError> {
        self.get_prompt(cx, name, arguments).map(PromptStep::Done)
    }

    /// Needs `export!(…, completion)`.
    ///
    /// # Errors
    /// Why there are no suggestions.
    fn complete(&mut self, _cx: &Context<'_>, _request: &CompletionRequest) -> Result<Completions, Failure> {
        Ok(Completions { values: Vec::new(), total: Some(0), has_more: false })
    }
}
