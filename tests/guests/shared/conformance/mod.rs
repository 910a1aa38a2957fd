//! Everything that a server of the protocol can do, done by a plugin: what the scenarios of the conformance suite call,
//! under the names that they use.

mod asking;
mod content;
mod prompts;
mod resources;
mod schemas;
mod tasks;
mod telling;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{
    CompletionRequest, Completions, Prompt, PromptError, PromptReplies, PromptResult, PromptStep, Reference,
    ResourceContents, ResourceError, ResourcePage, ResourceTemplate,
};

/// A pixel of red, as PNG.
const IMAGE: [u8; 69] = [
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53, 0xde, 0x00, 0x00, 0x00, 0x0c, 0x49,
    0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0xc9, 0xfe, 0x92, 0xef,
    0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// An answer whose content is all there is to it.
#[derive(Debug, Serialize, JsonSchema)]
struct Said {}

/// What tools that do not wait return.
type Told = Outcome<Said>;

/// The plugin.
#[derive(Debug, Default)]
pub struct Conformance;

impl Plugin for Conformance {
    fn describe() -> Description {
        Description::new("conformance", env!("CARGO_PKG_VERSION"))
    }

    fn tools() -> Vec<Tool<Self>> {
        let tools = [content::tools(), telling::tools(), schemas::tools(), asking::tools(), tasks::tools()];
        tools.into_iter().flatten().map(Tool::without_answer_schema).collect()
    }

    fn list_resources(&mut self, _: &Context<'_>, _: Option<&str>) -> Result<ResourcePage, ResourceError> {
        Ok(resources::list())
    }

    fn resource_templates() -> Vec<ResourceTemplate> {
        resources::templates()
    }

    fn read_resource(&mut self, cx: &Context<'_>, uri: &str) -> Result<Vec<ResourceContents>, ResourceError> {
        resources::read(cx, uri)
    }

    fn list_prompts(&mut self, _: &Context<'_>) -> Result<Vec<Prompt>, Failure> {
        Ok(prompts::list())
    }

    fn get_prompt(
        &mut self,
        _: &Context<'_>,
        name: &str,
        arguments: &[(String, String)],
    ) -> Result<PromptResult, PromptError> {
        prompts::get(name, arguments)
    }

    fn make_prompt(
        &mut self,
        _: &Context<'_>,
        name: &str,
        arguments: &[(String, String)],
        replies: &PromptReplies,
    ) -> Result<PromptStep, PromptError> {
        prompts::make(name, arguments, replies)
    }

    fn complete(&mut self, _: &Context<'_>, request: &CompletionRequest) -> Result<Completions, Failure> {
        let known = matches!(&request.reference, Reference::Prompt(name) if name == "test_prompt_with_arguments");
        let words = ["testament", "testing", "paris", "park", "party"];
        let values: Vec<String> =
            words.iter().filter(|word| known && word.starts_with(&request.value)).map(ToString::to_string).collect();
        Ok(Completions { total: u32::try_from(values.len()).ok(), values, has_more: false })
    }
}

fn said(content: Vec<Content>) -> Reply<Said> {
    Reply::from(Said {}).with_content(content).content_only()
}

fn text(text: impl Into<String>) -> Reply<Said> {
    said(vec![Content::text(text)])
}
