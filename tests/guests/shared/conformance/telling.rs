//! Tools that tell the client something while they run, or something that all clients are to hear.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{ChangedList, Level};

use super::{Conformance, Said, Told, resources, text};
use crate::Nothing;

/// Milliseconds between two things that are told.
const PAUSE: u64 = 50;

/// How far a call is that tells something three times.
#[derive(Serialize, Deserialize)]
struct Round(u8);

type Telling = WaitOutcome<Said, Round>;

#[derive(Deserialize, JsonSchema)]
struct Update {
    /// What the resource says from now on.
    text: String,
    /// To say that it changed and to fail after that.
    #[serde(default)]
    fail: bool,
}

pub(super) fn tools() -> Vec<Tool<Conformance>> {
    vec![
        Tool::waiting("test_tool_with_progress", "Reports progress.", progress, |p, cx, _, round, _| {
            go_on(p, cx, round, tell_progress)
        }),
        Tool::waiting("test_tool_with_logging", "Writes to the log.", logging, |p, cx, _, round, _| {
            go_on(p, cx, round, tell_log)
        }),
        Tool::waiting("test_reconnection", "Takes its time.", pause, |_, _, _: Nothing, _: Round, _| {
            Ok(text("Reconnection test completed").into())
        }),
        Tool::new("test_logging_tool", "Writes a line of every level to the log.", every_level),
        Tool::new("test_trigger_tool_change", "Has clients look at the tools again.", |_, cx, _: Nothing| {
            changed(cx, ChangedList::Tools)
        }),
        Tool::new("test_trigger_prompt_change", "Has clients look at the prompts again.", |_, cx, _: Nothing| {
            changed(cx, ChangedList::Prompts)
        }),
        Tool::new("test_trigger_resource_change", "Has clients look at the resources again.", |_, cx, _: Nothing| {
            changed(cx, ChangedList::Resources)
        }),
        Tool::new("test_update_resource", "Changes the resource that is watched.", update),
    ]
}

fn progress(plugin: &mut Conformance, cx: &Context<'_>, _: Nothing) -> Telling {
    go_on(plugin, cx, Round(0), tell_progress)
}

fn logging(plugin: &mut Conformance, cx: &Context<'_>, _: Nothing) -> Telling {
    go_on(plugin, cx, Round(0), tell_log)
}

fn tell_progress(cx: &Context<'_>, round: u8) {
    cx.progress(f64::from(round) * 50.0, Some(100.0), "");
}

fn tell_log(cx: &Context<'_>, round: u8) {
    cx.info(["Tool execution started", "Tool processing data", "Tool execution completed"][usize::from(round)]);
}

fn go_on(_: &mut Conformance, cx: &Context<'_>, Round(round): Round, tell: fn(&Context<'_>, u8)) -> Telling {
    tell(cx, round.min(2));
    if round >= 2 {
        return Ok(text("That was all.").into());
    }
    Ok(sleep(cx, Round(round + 1)))
}

fn pause(_: &mut Conformance, cx: &Context<'_>, _: Nothing) -> Telling {
    Ok(sleep(cx, Round(0)))
}

fn sleep(cx: &Context<'_>, round: Round) -> Step<Said, Round> {
    Wait::new(round).request("pause", Request::SleepUntil(cx.now() + PAUSE)).into()
}

fn every_level(_: &mut Conformance, cx: &Context<'_>, _: Nothing) -> Told {
    for level in [Level::Debug, Level::Info, Level::Warning, Level::Error] {
        cx.log(level, "This is a line of the log.");
    }
    Ok(text("Logged."))
}

fn changed(cx: &Context<'_>, list: ChangedList) -> Told {
    cx.list_changed(list);
    Ok(text("Told."))
}

fn update(_: &mut Conformance, cx: &Context<'_>, args: Update) -> Told {
    cx.state().put(resources::WATCHED, &args.text)?;
    cx.resource_updated(resources::WATCHED);
    if args.fail { Err(Failure::new("unwanted", "It was not to be.")) } else { Ok(text("Changed.")) }
}
