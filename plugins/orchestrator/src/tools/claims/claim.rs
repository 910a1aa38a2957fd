//! `orchestrator_claim_task`: one task for one agent, for a while.

use std::fmt;

use mainstay_plugin::prelude::*;

use crate::claim::{self, LONGEST_LEASE, quoted};
use crate::limits::Problems;
use crate::moment;
use crate::next::{self, Candidate, Scope, claim_call};
use crate::plugin::Orchestrator;
use crate::task::{Task, TaskLine};
use crate::tools::execute::{self, Execution};
use crate::words::words;
use crate::workspace::Workspace;

const DESCRIPTION: &str = "\
Takes a task for one of several agents, so that no other does it too; without task_id the best that is ready. Marks it \
active and answers with the briefing. Renew before the lease is over, or the task goes back to the queue; handing it \
in ends the claim. If you work alone, orchestrator_execute_task is enough.";

words!(Action: "an action" {
    Claim = "claim",
    Renew = "renew",
    Release = "release",
});

#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct ClaimTask {
    /// For renew and release default: all of the agent's.
    task_id: Option<String>,
    /// Choose within this plan.
    plan_id: Option<String>,
    /// Your name. Default: your session.
    agent: Option<String>,
    /// 1 to 1440, default 30.
    lease_minutes: Option<i64>,
    /// Default: claim.
    action: Option<Action>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Claimed {
    action: Action,
    agent: String,
    /// The agent has a name of its own, which it must give again.
    #[serde(skip)]
    named: bool,
    tasks: Vec<TaskLine>,
    /// When the first of the claims ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Of a claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    briefing: Option<Execution>,
    next: String,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    super::super::answering("orchestrator_claim_task", DESCRIPTION, run).title("Claim a task").additive()
}

pub(crate) fn run(cx: &Context<'_>, args: &ClaimTask) -> Outcome<Claimed> {
    let action = args.action.unwrap_or(Action::Claim);
    check(args, action)?;
    let agent = claim::agent(cx, args.agent.as_deref())?;
    let workspace = Workspace::of_caller(cx)?;
    claim::end_overdue(cx, workspace.id)?;
    let mut claimed = match action {
        Action::Claim => take(cx, &workspace, args, agent)?,
        Action::Renew => renew(cx, &held(cx, &workspace, args, &agent)?, args, agent)?,
        Action::Release => release(cx, held(cx, &workspace, args, &agent)?, agent)?,
    };
    claimed.named = args.agent.is_some();
    let text = claimed.to_markdown();
    Ok(Reply::from(claimed).with_text(text))
}

fn check(args: &ClaimTask, action: Action) -> Result<(), Failure> {
    let mut problems = Problems::default();
    if let Some(minutes) = args.lease_minutes {
        problems.number("/lease_minutes", minutes, 1, LONGEST_LEASE);
    }
    match (&args.plan_id, &args.task_id, action) {
        (Some(_), Some(_), _) => problems.add("/plan_id", "is given beside task_id; give one of them"),
        (Some(_), None, Action::Renew | Action::Release) => problems.add("/plan_id", "is only for action claim"),
        _ => {}
    }
    problems.into_result()
}

fn take(cx: &Context<'_>, workspace: &Workspace, args: &ClaimTask, agent: String) -> Result<Claimed, Failure> {
    let id = match &args.task_id {
        Some(id) => id.clone(),
        None => chosen(cx, &super::scope(cx, workspace, args.plan_id.as_deref())?)?.line.task_id,
    };
    let task = Task::require(cx, workspace, "/task_id", &id)?;
    if task.is_plan() {
        return Err(is_a_plan(&task));
    }
    claim::refuse_others(cx, &task, Some(&agent))?;
    let execution = execute::take_up(cx, workspace, &task)?;
    let until = moment::format(claim::hold(cx, &task, &agent, args.lease_minutes)?);
    Ok(Claimed {
        action: Action::Claim,
        tasks: vec![TaskLine::of(&task.reloaded(cx)?)],
        next: execution.next.clone(),
        until: Some(until),
        briefing: Some(execution),
        named: false,
        agent,
    })
}

fn chosen(cx: &Context<'_>, scope: &Scope) -> Result<Candidate, Failure> {
    let mut best = next::best(cx, scope, None, 1)?;
    best.pop().ok_or_else(|| {
        Failure::new("nothing-ready", "no task is ready to be claimed")
            .with_hint("orchestrator_what_next says what is in the way. Try again when another agent has handed in.")
    })
}

fn is_a_plan(task: &Task) -> Failure {
    let message = format!("`{}` ({}) is a plan with {} open parts", task.id, task.title, task.open_children);
    Failure::new("is-a-plan", message).with_hint(if task.open_children > 0 {
        format!("Claim one of its parts: orchestrator_claim_task {{\"plan_id\": \"{}\"}}.", task.id)
    } else {
        format!("Its parts are finished: {}.", next::synthesize_call(&task.id))
    })
}

/// The claims of `agent` that are meant.
fn held(cx: &Context<'_>, workspace: &Workspace, args: &ClaimTask, agent: &str) -> Result<Vec<Task>, Failure> {
    let Some(id) = &args.task_id else {
        let held = claim::held_by(cx, workspace.id, agent)?;
        return if held.is_empty() { Err(holds_nothing(agent)) } else { Ok(held) };
    };
    let task = Task::require(cx, workspace, "/task_id", id)?;
    claim::refuse_others(cx, &task, Some(agent))?;
    if claim::holder(cx, &task)?.is_some() {
        return Ok(vec![task]);
    }
    let message = format!("agent {} has no claim on `{id}` ({}), which is {}", quoted(agent), task.title, task.status);
    let failure = Failure::new("not-claimed", message);
    Err(if task.status.is_settled() {
        failure.with_hint("There is nothing left to do for it; orchestrator_what_next shows what there is.")
    } else {
        failure.with_hint(format!("If its lease was over, take it again: {}.", claim_call(id, agent)))
    })
}

fn holds_nothing(agent: &str) -> Failure {
    Failure::new("not-claimed", format!("agent {} has no claim", quoted(agent)))
        .with_hint(format!("Take a task: orchestrator_claim_task {{\"agent\": {}}}.", quoted(agent)))
}

fn renew(cx: &Context<'_>, tasks: &[Task], args: &ClaimTask, agent: String) -> Result<Claimed, Failure> {
    let mut first_end: Option<i64> = None;
    for task in tasks {
        let until = claim::hold(cx, task, &agent, args.lease_minutes)?;
        first_end = Some(first_end.map_or(until, |end| end.min(until)));
    }
    let next = match tasks.first() {
        Some(task) => format!(
            "go on with it, then orchestrator_complete_task with task_id \"{}\" and agent {}",
            task.id,
            quoted(&agent)
        ),
        None => "orchestrator_what_next".to_owned(),
    };
    let until = first_end.map(moment::format);
    Ok(Claimed { action: Action::Renew, tasks: lines(tasks), until, briefing: None, next, named: false, agent })
}

fn release(cx: &Context<'_>, tasks: Vec<Task>, agent: String) -> Result<Claimed, Failure> {
    let mut released = Vec::new();
    for task in tasks {
        claim::release(cx, &task, &agent)?;
        released.push(task.reloaded(cx)?);
    }
    let next = format!("orchestrator_what_next {{\"agent\": {}}}", quoted(&agent));
    Ok(Claimed {
        action: Action::Release,
        tasks: lines(&released),
        until: None,
        briefing: None,
        next,
        named: false,
        agent,
    })
}

fn lines(tasks: &[Task]) -> Vec<TaskLine> {
    tasks.iter().map(TaskLine::of).collect()
}

impl Claimed {
    fn to_markdown(&self) -> String {
        let Self { agent, tasks, next, .. } = self;
        let agent = if self.named { format!("agent {}", quoted(agent)) } else { "you".to_owned() };
        let until = self.until.as_deref().unwrap_or_default();
        let ids: Vec<_> = tasks.iter().map(|task| format!("`{}`", task.task_id)).collect();
        let ids = ids.join(", ");
        if let Some(execution) = &self.briefing {
            let hand_in = if self.named { "; name it as agent when you hand in" } else { "" };
            return format!("{ids} is claimed for {agent} until {until}{hand_in}.\n\n{}", execution.to_markdown());
        }
        let mut text = match self.action {
            Action::Release => "Released:\n".to_owned(),
            _ => format!("Claimed for {agent} until {until}:\n"),
        };
        tasks.iter().for_each(|task| text.push_str(&task.to_markdown()));
        format!("{text}Next: {next}.")
    }
}

#[cfg(test)]
mod tests;
