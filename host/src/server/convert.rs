//! Between the contract's words and MCP's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{
    Annotations, AudioContent, CallToolResult, ContentBlock, EmbeddedResource, ImageContent, MetaObject, Prompt,
    PromptArgument, PromptMessage, Resource, ResourceContents, ResourceTemplate, Role, TextContent,
};

use crate::plugin::contract::{asking_prompts, prompts, resources, types};
use crate::swap::Answer;

pub(crate) fn call_result(answer: Answer) -> CallToolResult {
    let content = answer.content.into_iter().map(content).collect();
    let mut result = CallToolResult::success(content);
    result.is_error = Some(answer.is_error);
    result.structured_content = answer.structured;
    result.meta = answer.meta.map(MetaObject);
    result
}

pub(crate) fn content(content: types::Content) -> ContentBlock {
    match content {
        types::Content::Text(text) => {
            let mut block = TextContent::new(text.text);
            block.annotations = annotations(text.annotations.as_deref());
            block.meta = meta(text.meta.as_deref());
            ContentBlock::Text(block)
        }
        types::Content::Image(media) => {
            let mut block = ImageContent::new(STANDARD.encode(&media.data), media.mime_type);
            block.annotations = annotations(media.annotations.as_deref());
            block.meta = meta(media.meta.as_deref());
            ContentBlock::Image(block)
        }
        types::Content::Audio(media) => {
            let mut block = AudioContent::new(STANDARD.encode(&media.data), media.mime_type);
            block.annotations = annotations(media.annotations.as_deref());
            block.meta = meta(media.meta.as_deref());
            ContentBlock::Audio(block)
        }
        types::Content::ResourceLink(link) => ContentBlock::ResourceLink(resource_link(link)),
        types::Content::Embedded(embedded) => {
            let mut block = EmbeddedResource::new(resource_contents(embedded.contents));
            block.annotations = annotations(embedded.annotations.as_deref());
            block.meta = meta(embedded.meta.as_deref());
            ContentBlock::Resource(block)
        }
    }
}

fn resource_link(link: types::ResourceLink) -> Resource {
    let mut resource = Resource::new(link.uri, link.name);
    resource.title = link.title;
    resource.description = link.description;
    resource.mime_type = link.mime_type;
    resource.size = link.size;
    resource.annotations = annotations(link.annotations.as_deref());
    resource.meta = meta(link.meta.as_deref());
    resource
}

pub(crate) fn resource_info(info: resources::ResourceInfo) -> Resource {
    let mut resource = Resource::new(info.uri, info.name);
    resource.title = info.title;
    resource.description = info.description;
    resource.mime_type = info.mime_type;
    resource.size = info.size;
    resource.annotations = annotations(info.annotations.as_deref());
    resource.meta = meta(info.meta.as_deref());
    resource
}

pub(crate) fn resource_template(template: &resources::ResourceTemplate) -> ResourceTemplate {
    let mut made = ResourceTemplate::new(template.uri_template.clone(), template.name.clone());
    made.title.clone_from(&template.title);
    made.description.clone_from(&template.description);
    made.mime_type.clone_from(&template.mime_type);
    made.annotations = annotations(template.annotations.as_deref());
    made.meta = meta(template.meta.as_deref());
    made
}

pub(crate) fn resource_contents(contents: types::ResourceContents) -> ResourceContents {
    let mut made = match contents.body {
        types::ResourceBody::Text(text) => ResourceContents::text(text, contents.uri),
        types::ResourceBody::Blob(bytes) => ResourceContents::blob(STANDARD.encode(&bytes), contents.uri),
    };
    if let Some(mime_type) = contents.mime_type {
        made = made.with_mime_type(mime_type);
    }
    if let Some(meta) = meta(contents.meta.as_deref()) {
        made = made.with_meta(meta);
    }
    made
}

pub(crate) fn prompt(prompt: prompts::Prompt) -> Prompt {
    let arguments = prompt.arguments.into_iter().map(|argument| {
        let mut made = PromptArgument::new(argument.name).with_required(argument.required);
        made.title = argument.title;
        made.description = argument.description;
        made
    });
    let mut made = Prompt::new(prompt.name, prompt.description, Some(arguments.collect()));
    made.title = prompt.title;
    made.meta = meta(prompt.meta.as_deref());
    made
}

pub(crate) fn prompt_message(message: prompts::PromptMessage) -> PromptMessage {
    PromptMessage::new(role(message.role), content(message.content))
}

pub(crate) fn made_message(message: asking_prompts::Message) -> PromptMessage {
    PromptMessage::new(role(message.role), content(message.content))
}

pub(crate) fn role(role: types::Role) -> Role {
    match role {
        types::Role::User => Role::User,
        types::Role::Assistant => Role::Assistant,
    }
}

fn annotations(json: Option<&str>) -> Option<Annotations> {
    json.and_then(|json| serde_json::from_str(json).ok())
}

fn meta(json: Option<&str>) -> Option<MetaObject> {
    json.and_then(|json| serde_json::from_str(json).ok()).map(MetaObject)
}
