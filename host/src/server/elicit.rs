//! Questions to a client, and its answers, in both words.

#![expect(
    deprecated,
    reason = "clients of today use sampling, roots and logging, which the protocol is to drop in 2027"
)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{
    ClientCapabilities, ContentBlock, CreateMessageResult, ElicitResult, ElicitationAction, InputRequest,
    ListRootsResult, Role,
};
use serde_json::{Value, json};

use super::convert;
use crate::plugin::contract::{tools, types};

/// Whether a client of these capabilities can be asked this.
pub(crate) fn supported(request: &tools::Request, capabilities: Option<&ClientCapabilities>) -> bool {
    let Some(capabilities) = capabilities else { return false };
    match request {
        tools::Request::Elicit(_) => {
            // A client that names no mode means forms.
            capabilities.elicitation.as_ref().is_some_and(|e| e.form.is_some() || e.url.is_none())
        }
        tools::Request::ElicitUrl(_) => capabilities.elicitation.as_ref().is_some_and(|e| e.url.is_some()),
        tools::Request::Sample(_) => capabilities.sampling.is_some(),
        tools::Request::Roots => capabilities.roots.is_some(),
        tools::Request::CallUpstream(_) | tools::Request::SleepUntil(_) => false,
    }
}

/// The request as MCP has it. Goes through JSON because the contract's schemas are JSON, and because a
/// plugin's JSON has to be checked anyway.
pub(crate) fn to_mcp(request: &tools::Request, key: &str) -> Result<InputRequest, String> {
    let value = match request {
        tools::Request::Elicit(elicit) => json!({
            "method": "elicitation/create",
            "params": { "mode": "form", "message": elicit.message, "requestedSchema": parse(&elicit.requested_schema)? },
        }),
        tools::Request::ElicitUrl(elicit) => json!({
            "method": "elicitation/create",
            "params": { "mode": "url", "message": elicit.message, "url": elicit.url, "elicitationId": key },
        }),
        tools::Request::Sample(sample) => json!({
            "method": "sampling/createMessage",
            "params": sample_params(sample)?,
        }),
        tools::Request::Roots => json!({ "method": "roots/list" }),
        tools::Request::CallUpstream(_) | tools::Request::SleepUntil(_) => {
            return Err("this is not for the client".to_owned());
        }
    };
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn sample_params(sample: &tools::SampleRequest) -> Result<Value, String> {
    let messages = sample.messages.iter().map(|message| {
        let content = serde_json::to_value(convert::content(message.content.clone())).map_err(|e| e.to_string())?;
        Ok(json!({ "role": convert::role(message.role), "content": content }))
    });
    let mut params = json!({
        "messages": messages.collect::<Result<Vec<_>, String>>()?,
        "maxTokens": sample.max_tokens,
    });
    if let Some(prompt) = &sample.system_prompt {
        params["systemPrompt"] = json!(prompt);
    }
    if let Some(temperature) = sample.temperature {
        params["temperature"] = json!(temperature);
    }
    if !sample.stop_sequences.is_empty() {
        params["stopSequences"] = json!(sample.stop_sequences);
    }
    if let Some(preferences) = &sample.model_preferences {
        params["modelPreferences"] = parse(preferences)?;
    }
    Ok(params)
}

/// A client's answer to `request`, as the contract has it.
pub(crate) fn from_mcp(request: &tools::Request, answer: Value) -> Result<tools::Answer, String> {
    let wrong = |error: serde_json::Error| format!("the client's answer is not of the right shape: {error}");
    Ok(match request {
        tools::Request::Elicit(_) | tools::Request::ElicitUrl(_) => {
            elicited(serde_json::from_value(answer).map_err(wrong)?)
        }
        tools::Request::Sample(_) => sampled(serde_json::from_value(answer).map_err(wrong)?)?,
        tools::Request::Roots => roots(serde_json::from_value(answer).map_err(wrong)?),
        tools::Request::CallUpstream(_) | tools::Request::SleepUntil(_) => {
            return Err("nobody asked the client this".to_owned());
        }
    })
}

fn elicited(result: ElicitResult) -> tools::Answer {
    let action = match result.action {
        ElicitationAction::Accept => tools::ElicitAction::Accept,
        ElicitationAction::Decline => tools::ElicitAction::Decline,
        _ => tools::ElicitAction::Cancel,
    };
    tools::Answer::Elicited(tools::Elicited { action, content: result.content.map(|content| content.to_string()) })
}

fn sampled(result: CreateMessageResult) -> Result<tools::Answer, String> {
    let role = match result.message.role {
        Role::User => types::Role::User,
        Role::Assistant => types::Role::Assistant,
    };
    let blocks = result.message.content.into_vec();
    let content = blocks.into_iter().map(|block| {
        let value = serde_json::to_value(block).map_err(|error| error.to_string())?;
        from_block(serde_json::from_value(value).map_err(|error| error.to_string())?)
    });
    Ok(tools::Answer::Sampled(tools::Sampled {
        role,
        content: content.collect::<Result<_, String>>()?,
        model: result.model,
        stop_reason: result.stop_reason,
    }))
}

fn from_block(block: ContentBlock) -> Result<types::Content, String> {
    let media = |data: String, mime_type| {
        let data = STANDARD.decode(data).map_err(|error| format!("content is no base64: {error}"))?;
        Ok(types::MediaContent { data, mime_type, annotations: None, meta: None })
    };
    match block {
        ContentBlock::Text(text) => {
            Ok(types::Content::Text(types::TextContent { text: text.text, annotations: None, meta: None }))
        }
        ContentBlock::Image(image) => media(image.data, image.mime_type).map(types::Content::Image),
        ContentBlock::Audio(audio) => media(audio.data, audio.mime_type).map(types::Content::Audio),
        _ => Err("content of a kind that sampling does not have".to_owned()),
    }
}

fn roots(result: ListRootsResult) -> tools::Answer {
    let roots = result.roots.into_iter().map(|root| tools::Root { uri: root.uri, name: root.name });
    tools::Answer::Roots(roots.collect())
}

fn parse(json: &str) -> Result<Value, String> {
    serde_json::from_str(json).map_err(|error| format!("the plugin's JSON does not parse: {error}"))
}
