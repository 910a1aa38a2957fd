//! The plugin as the host sees it.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{
    CompletionRequest, Completions, Prompt, PromptError, PromptResult, ResourceContents, ResourceError, ResourcePage,
    ResourceTemplate,
};

use crate::{completion, prompts, resources, schema, tools};

/// Told to clients when they connect.
const INSTRUCTIONS: &str = "\
Keeps a plan of tasks outside your context: dependencies, roles, results, and what is next. Use it for work of \
several steps, or work that must outlive this conversation. Begin with orchestrator_initialize_session, split the \
work with orchestrator_plan_task, then for each ready task call orchestrator_execute_task, do the work yourself, and \
hand it in with orchestrator_complete_task. When all parts are done, call orchestrator_synthesize_results. Lost your \
place: orchestrator_what_next. Several agents on one plan: orchestrator_claim_task. Recurring work: \
template_instantiate.";

/// The task orchestrator. It has no state of its own: everything is in tables and in the host's keys.
#[derive(Debug, Default)]
pub struct Orchestrator {
    settings: Settings,
}

/// What the slot is configured with: `[plugins.orchestrator.config]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    answers: Answers,
}

/// What an answer consists of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answers {
    /// Text for a model. Clients that hand their model only the structured content of an answer would keep the
    /// text from it, and every word would be there twice.
    #[default]
    Text,
    /// The text, and structured content for programs.
    Both,
}

impl Orchestrator {
    /// `reply` in the form that is configured.
    pub(crate) fn answer<T: Serialize + JsonSchema>(&self, reply: Reply<T>) -> Reply<T> {
        match self.settings.answers {
            Answers::Text => reply.content_only(),
            Answers::Both => reply,
        }
    }
}

impl Plugin for Orchestrator {
    fn describe() -> Description {
        Description::new("orchestrator", &version()).migrations(schema::migrations()).instructions(INSTRUCTIONS)
    }

    fn tools() -> Vec<Tool<Self>> {
        tools::all()
    }

    fn start(&mut self, _: &Context<'_>, config: serde_json::Value) -> Result<(), Failure> {
        let settings = serde_json::from_value(config);
        self.settings = settings.map_err(|error| Failure::new("configuration", error.to_string()))?;
        Ok(())
    }

    fn self_test(&mut self, cx: &Context<'_>) -> Result<(), Failure> {
        schema::check(cx)
    }

    fn list_resources(&mut self, cx: &Context<'_>, cursor: Option<&str>) -> Result<ResourcePage, ResourceError> {
        resources::list(cx, cursor)
    }

    fn resource_templates() -> Vec<ResourceTemplate> {
        resources::templates()
    }

    fn read_resource(&mut self, cx: &Context<'_>, uri: &str) -> Result<Vec<ResourceContents>, ResourceError> {
        resources::read(cx, uri)
    }

    fn list_prompts(&mut self, cx: &Context<'_>) -> Result<Vec<Prompt>, Failure> {
        prompts::list(cx)
    }

    fn get_prompt(
        &mut self,
        cx: &Context<'_>,
        name: &str,
        arguments: &[(String, String)],
    ) -> Result<PromptResult, PromptError> {
        prompts::get(cx, name, arguments)
    }

    fn complete(&mut self, cx: &Context<'_>, request: &CompletionRequest) -> Result<Completions, Failure> {
        completion::complete(cx, request)
    }
}

/// Of this logic. With the feature `next`, for the demo and the benchmarks, the version after this one.
fn version() -> String {
    if !cfg!(feature = "next") {
        return env!("CARGO_PKG_VERSION").to_owned();
    }
    let patch = env!("CARGO_PKG_VERSION_PATCH").parse::<u64>().unwrap_or_default() + 1;
    format!("{}.{}.{patch}", env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"))
}

#[cfg(test)]
mod tests;
