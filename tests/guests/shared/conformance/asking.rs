//! Tools that ask the client: the person, the model, or for the directories that are open.

use mainstay_plugin::bindings::exports::mainstay::plugin::tools::ElicitRequest;
use mainstay_plugin::prelude::*;
use serde_json::{Value, json};

use super::{Conformance, Said, text};
use crate::Nothing;

/// How often the call has been answered.
#[derive(Serialize, Deserialize)]
struct Answered(u8);

type Asking = WaitOutcome<Said, Answered>;

#[derive(Deserialize, JsonSchema)]
struct Prompt {
    /// What the model is asked.
    prompt: String,
}

#[derive(Deserialize, JsonSchema)]
struct Message {
    /// What the person is asked.
    message: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Name {
    pub(super) name: String,
}

pub(super) fn tools() -> Vec<Tool<Conformance>> {
    let prefixed = |name: &str| format!("test_input_required_result_{name}");
    vec![
        Tool::waiting(
            "test_sampling",
            "Asks the model.",
            |_, _, args: Prompt| Ok(ask("answer", sample(args.prompt))),
            said,
        ),
        Tool::waiting(
            "test_elicitation",
            "Asks the person.",
            |_, _, args: Message| Ok(ask("answer", form(&args.message, &contact()))),
            said,
        ),
        asks("test_elicitation_sep1034_defaults", || form("Please look at these.", &defaults())),
        asks("test_elicitation_sep1330_enums", || form("Please choose.", &choices())),
        asks("test_streaming_elicitation", || form("What is your name?", &strings(&["name"]))),
        asks_as(&prefixed("elicitation"), "user_name", || form("What is your name?", &strings(&["name"]))),
        asks_as(&prefixed("sampling"), "capital_question", || sample("What is the capital of France?".to_owned())),
        asks_as(&prefixed("list_roots"), "client_roots", || Request::Roots),
        asks_as(&prefixed("request_state"), "confirm", confirm),
        asks_as(&prefixed("tampered_state"), "confirm", confirm),
        Tool::waiting(&prefixed("multiple_inputs"), "Asks for everything at once.", multiple, said),
        Tool::waiting(&prefixed("capabilities"), "Asks what the client can answer.", capabilities, said),
        Tool::waiting(
            &prefixed("multi_round"),
            "Asks twice.",
            |_, _, _: Nothing| Ok(ask("step1", form("Step 1: What is your name?", &strings(&["name"])))),
            second_round,
        ),
    ]
}

fn asks(name: &str, request: fn() -> Request) -> Tool<Conformance> {
    asks_as(name, "answer", request)
}

fn asks_as(name: &str, key: &'static str, request: fn() -> Request) -> Tool<Conformance> {
    Tool::waiting(name, "Asks the client once.", move |_, _, _: Nothing| Ok(ask(key, request())), said)
}

fn ask(key: &str, request: Request) -> Step<Said, Answered> {
    Wait::new(Answered(0)).request(key, request).into()
}

pub(super) fn form(message: &str, schema: &Value) -> Request {
    Request::Elicit(ElicitRequest { message: message.to_owned(), requested_schema: schema.to_string() })
}

fn confirm() -> Request {
    let schema = json!({ "type": "object", "properties": { "ok": { "type": "boolean" } }, "required": ["ok"] });
    form("Please confirm", &schema)
}

fn sample(prompt: String) -> Request {
    Request::sample(prompt, 100)
}

fn multiple(_: &mut Conformance, _: &Context<'_>, _: Nothing) -> Asking {
    let wait = Wait::new(Answered(0))
        .request("user_name", form("What is your name?", &strings(&["name"])))
        .request("greeting", sample("Generate a greeting".to_owned()))
        .request("client_roots", Request::Roots);
    Ok(wait.into())
}

fn capabilities(_: &mut Conformance, _: &Context<'_>, _: Nothing) -> Asking {
    let wait = Wait::new(Answered(0))
        .request("user_name", form("What is your name?", &strings(&["name"])))
        .request("greeting", sample("Generate a greeting".to_owned()));
    Ok(wait.into())
}

fn second_round(
    plugin: &mut Conformance,
    cx: &Context<'_>,
    args: Nothing,
    Answered(times): Answered,
    answers: &Answers,
) -> Asking {
    if times > 0 {
        return said(plugin, cx, args, Answered(times), answers);
    }
    let question = form("Step 2: What is your favorite color?", &strings(&["color"]));
    Ok(Wait::new(Answered(1)).request("step2", question).into())
}

/// Says what was answered.
#[expect(clippy::unnecessary_wraps, reason = "what a handler is")]
fn said<A>(_: &mut Conformance, _: &Context<'_>, _: A, _: Answered, answers: &Answers) -> Asking {
    let keys = ["answer", "user_name", "capital_question", "greeting", "client_roots", "confirm", "step2"];
    let given = keys.iter().filter_map(|key| answers.get(key));
    let lines: Vec<_> = given.map(in_words).collect();
    Ok(text(lines.join("\n")).into())
}

fn in_words(answer: &Answer) -> String {
    match answer {
        Answer::Elicited(elicited) => {
            format!("state-ok, {:?}: {}", elicited.action, elicited.content.as_deref().unwrap_or("nothing"))
        }
        Answer::Sampled(sampled) => {
            let texts = sampled.content.iter().filter_map(|content| match content {
                Content::Text(text) => Some(text.text.as_str()),
                _ => None,
            });
            format!("LLM response: {}", texts.collect::<Vec<_>>().join("\n"))
        }
        Answer::Roots(roots) => roots.iter().map(|root| root.uri.as_str()).collect::<Vec<_>>().join("\n"),
        other => format!("{other:?}"),
    }
}

/// A form of texts.
pub(super) fn strings(names: &[&str]) -> Value {
    let properties: serde_json::Map<_, _> =
        names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
    json!({ "type": "object", "properties": properties, "required": names })
}

fn contact() -> Value {
    json!({
        "type": "object",
        "properties": {
            "username": { "type": "string", "description": "User's response" },
            "email": { "type": "string", "description": "User's email address" },
        },
        "required": ["username", "email"],
    })
}

fn defaults() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "description": "User's name", "default": "John Doe" },
            "age": { "type": "integer", "description": "User's age", "default": 30 },
            "score": { "type": "number", "description": "User's score", "default": 95.5 },
            "status": { "type": "string", "enum": ["active", "inactive", "pending"], "default": "active" },
            "verified": { "type": "boolean", "description": "Whether the user is verified", "default": true },
        },
    })
}

fn choices() -> Value {
    let titled = |word: &str| {
        json!([
            { "const": "value1", "title": format!("First {word}") },
            { "const": "value2", "title": format!("Second {word}") },
            { "const": "value3", "title": format!("Third {word}") },
        ])
    };
    let plain = ["option1", "option2", "option3"];
    json!({
        "type": "object",
        "properties": {
            "untitledSingle": { "type": "string", "enum": plain },
            "titledSingle": { "type": "string", "oneOf": titled("Option") },
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": { "type": "array", "items": { "type": "string", "enum": plain } },
            "titledMulti": { "type": "array", "items": { "anyOf": titled("Choice") } },
        },
    })
}
