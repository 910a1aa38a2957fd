//! Tools whose calls go on as tasks, for clients that know those.

use mainstay_plugin::TaskUse;
use mainstay_plugin::prelude::*;
use serde_json::json;

use super::asking::{Name, form, strings};
use super::{Conformance, Said, Told, text};
use crate::Nothing;

/// Milliseconds that a call takes which is to be a task and has nothing to do.
const A_MOMENT: u64 = 100;

#[derive(Deserialize, JsonSchema)]
struct Slow {
    seconds: u64,
    label: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct File {
    filename: String,
}

#[derive(Deserialize)]
struct Confirmed {
    #[serde(default)]
    confirm: bool,
}

/// Nothing to remember.
#[derive(Serialize, Deserialize)]
struct Going;

/// Whose task it is, once that is known.
#[derive(Serialize, Deserialize)]
struct Whose(Option<String>);

pub(super) fn tools() -> Vec<Tool<Conformance>> {
    vec![
        Tool::new("greet", "Greets at once.", greet).read_only(),
        Tool::waiting("slow_compute", "Takes as long as it is told.", slow, |_, _, args: Slow, _: Going, _| {
            Ok(text(format!("{} took {} s", args.label.as_deref().unwrap_or("it"), args.seconds)).into())
        })
        .task(TaskUse::AtOnce),
        Tool::new("failing_job", "Fails, as a task only.", fail).task(TaskUse::Required),
        Tool::new("protocol_error_job", "Comes to nothing at all.", |_, _, _: Nothing| -> Told {
            Err(Failure::UnknownTool)
        })
        .task(TaskUse::AtOnce),
        Tool::waiting("confirm_delete", "Asks before it would delete.", confirm, deleted).task(TaskUse::AtOnce),
        Tool::waiting("multi_input", "Asks two things at once.", two, |_, _, _: Nothing, _: Going, _| {
            Ok(text("Both are answered.").into())
        })
        .task(TaskUse::AtOnce),
        Tool::waiting("test_tool_with_task", "Asks, and takes its time then.", ask, take_time)
            .task(TaskUse::AfterQuestions),
    ]
}

fn greet(_: &mut Conformance, _: &Context<'_>, args: Name) -> Told {
    Ok(text(format!("Hello, {}!", args.name)))
}

fn slow(_: &mut Conformance, cx: &Context<'_>, args: Slow) -> WaitOutcome<Said, Going> {
    Ok(Wait::new(Going).request("pause", Request::SleepUntil(cx.now() + args.seconds * 1_000)).into())
}

fn fail(_: &mut Conformance, _: &Context<'_>, _: Nothing) -> Told {
    Err(Failure::new("job-failed", "The job failed, as it was to."))
}

fn confirm(_: &mut Conformance, _: &Context<'_>, args: File) -> WaitOutcome<Said, Going> {
    let schema =
        json!({ "type": "object", "properties": { "confirm": { "type": "boolean" } }, "required": ["confirm"] });
    Ok(Wait::new(Going).request("confirm", form(&format!("Delete {}?", args.filename), &schema)).into())
}

fn deleted(_: &mut Conformance, _: &Context<'_>, args: File, _: Going, answers: &Answers) -> WaitOutcome<Said, Going> {
    let confirmed = matches!(answers.form::<Confirmed>("confirm"), FormAnswer::Accepted(form) if form.confirm);
    let what = if confirmed { "would be deleted" } else { "stays" };
    Ok(text(format!("{} {what}", args.filename)).into())
}

fn two(_: &mut Conformance, _: &Context<'_>, _: Nothing) -> WaitOutcome<Said, Going> {
    let wait = Wait::new(Going)
        .request("first", form("What is your name?", &strings(&["name"])))
        .request("second", form("And the other's?", &strings(&["name"])));
    Ok(wait.into())
}

fn ask(_: &mut Conformance, _: &Context<'_>, _: Nothing) -> WaitOutcome<Said, Whose> {
    Ok(Wait::new(Whose(None)).request("user_name", form("What is your name?", &strings(&["name"]))).into())
}

fn take_time(
    _: &mut Conformance,
    cx: &Context<'_>,
    _: Nothing,
    Whose(name): Whose,
    answers: &Answers,
) -> WaitOutcome<Said, Whose> {
    if let Some(name) = name {
        return Ok(text(format!("It is done, {name}.")).into());
    }
    let FormAnswer::Accepted(Name { name }) = answers.form("user_name") else {
        return Err(Failure::new("no-name", "Nobody said a name."));
    };
    Ok(Wait::new(Whose(Some(name))).request("pause", Request::SleepUntil(cx.now() + A_MOMENT)).into())
}
