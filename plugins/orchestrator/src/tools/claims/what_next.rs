//! `orchestrator_what_next`: what is best done now, and why; or what is in the way.

use mainstay_plugin::prelude::*;

use crate::claim;
use crate::limits::{self, Problems};
use crate::next::{self, Candidate, Obstacle, PLANS, Scope, claim_call, execute_call, synthesize_call};
use crate::plugin::Orchestrator;
use crate::progress::{Progress, progress};
use crate::roles::{RoleId, Roles};
use crate::task::{Task, TaskLine};
use crate::words::Priority;
use crate::workspace::Workspace;

/// Tasks that are recommended: if nothing is said, and at most.
const RECOMMENDED: i64 = 3;
const MOST: i64 = 20;

/// Lines of every other kind.
const LINES: usize = 5;

const DESCRIPTION: &str = "\
Says which ready tasks are best done first and why: by priority, then by the work that waits for them; or what is in \
the way if nothing is ready. With plan_id also how far the plan is and how much work is left. Leaves out what other \
agents claimed. Use it to choose your next task; for an overview use orchestrator_get_status. Changes nothing.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct AskNext {
    plan_id: Option<String>,
    /// Your name, if several agents work here.
    agent: Option<String>,
    specialist_type: Option<RoleId>,
    /// 1 to 20, default 3.
    limit: Option<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WhatNext {
    /// What the agent has claimed.
    claimed: Vec<TaskLine>,
    ready: Vec<Advice>,
    ready_to_synthesize: Vec<TaskLine>,
    /// Begun by someone who did not claim it.
    under_way: Vec<TaskLine>,
    /// If nothing is ready.
    in_the_way: Vec<Advice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
    next: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Advice {
    #[serde(flatten)]
    task: TaskLine,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
    why: String,
}

impl From<Candidate> for Advice {
    fn from(candidate: Candidate) -> Self {
        Self { task: candidate.line, priority: Some(candidate.priority), why: candidate.why }
    }
}

impl From<Obstacle> for Advice {
    fn from(obstacle: Obstacle) -> Self {
        Self { task: obstacle.line, priority: None, why: obstacle.why }
    }
}

pub(super) fn tool() -> Tool<Orchestrator> {
    super::super::answering("orchestrator_what_next", DESCRIPTION, run).title("What is next").read_only()
}

pub(crate) fn run(cx: &Context<'_>, args: &AskNext) -> Outcome<WhatNext> {
    let agent = claim::agent(cx, args.agent.as_deref())?;
    let workspace = Workspace::of_caller(cx)?;
    check(cx, &workspace, args)?;
    let scope = super::scope(cx, &workspace, args.plan_id.as_deref())?;
    let plan = args.plan_id.as_deref().map(|id| Task::require(cx, &workspace, "/plan_id", id)).transpose()?;
    let most = usize::try_from(args.limit.unwrap_or(RECOMMENDED)).unwrap_or_default();
    let role = args.specialist_type.as_ref();
    let mut answer = WhatNext {
        claimed: claim::held_by(cx, workspace.id, &agent)?.iter().map(TaskLine::of).collect(),
        ready: advice(next::best(cx, &scope, role, most)?),
        ready_to_synthesize: scope.gathered(cx, 3)?,
        under_way: next::begun_by_nobody(cx, &scope, LINES)?,
        in_the_way: Vec::new(),
        progress: plan.map(|plan| progress(cx, &plan)).transpose()?,
        next: String::new(),
    };
    if answer.ready.is_empty() {
        answer.in_the_way = advice(next::obstacles(cx, &scope, LINES)?);
    }
    answer.next = answer.what_next(cx, &scope, args)?;
    let text = answer.to_markdown();
    Ok(Reply::from(answer).with_text(text))
}

fn check(cx: &Context<'_>, workspace: &Workspace, args: &AskNext) -> Result<(), Failure> {
    let mut problems = Problems::default();
    if let Some(limit) = args.limit {
        problems.number("/limit", limit, 1, MOST);
    }
    if let Some(role) = &args.specialist_type {
        let roles = Roles::of(cx, workspace)?;
        if roles.get(role.as_str()).is_none() {
            problems.add("/specialist_type", roles.unknown(&limits::shortened(role.as_str(), limits::ID)));
        }
    }
    problems.into_result()
}

fn advice<T: Into<Advice>>(about: Vec<T>) -> Vec<Advice> {
    about.into_iter().map(Into::into).collect()
}

impl WhatNext {
    fn what_next(&self, cx: &Context<'_>, scope: &Scope, args: &AskNext) -> Result<String, Failure> {
        let take = |id: &str| args.agent.as_deref().map_or_else(|| execute_call(id), |agent| claim_call(id, agent));
        if let Some(task) = self.claimed.first() {
            let id = &task.task_id;
            return Ok(format!("go on with `{id}` and hand it in; {} has its briefing", take(id)));
        }
        if let Some(plan) = self.ready_to_synthesize.first() {
            return Ok(synthesize_call(&plan.task_id));
        }
        if let Some(ready) = self.ready.first() {
            return Ok(take(&ready.task.task_id));
        }
        if args.specialist_type.is_some() && !next::best(cx, scope, None, 1)?.is_empty() {
            return Ok(
                "nothing is ready for that role, but something is for others: leave specialist_type out".to_owned()
            );
        }
        if let Some(task) = self.under_way.first() {
            return Ok(format!("hand in `{}`, which is {}", task.task_id, task.status));
        }
        Ok(match self.in_the_way.first() {
            Some(obstacle) => format!("nothing is ready: see to `{}`", obstacle.task.task_id),
            None if scope.is_cut() => format!(
                "nothing is ready in the first {PLANS} open plans; ask for a plan further down: orchestrator_query_tasks \
                 {{\"parent_task_id\": \"{}\"}} lists them",
                args.plan_id.as_deref().unwrap_or_default()
            ),
            None if args.plan_id.is_some() => "nothing is left to do in this plan".to_owned(),
            None => "orchestrator_plan_task; there is no open work".to_owned(),
        })
    }

    fn to_markdown(&self) -> String {
        let mut text = String::new();
        let mut section = |heading: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                text.push_str(&format!("{heading}:\n{}", lines.concat()));
            }
        };
        let plain = |tasks: &[TaskLine]| tasks.iter().map(TaskLine::to_markdown).collect::<Vec<_>>();
        let advised = |about: &[Advice]| about.iter().map(Advice::to_markdown).collect::<Vec<_>>();
        section("Yours, go on with", plain(&self.claimed));
        section("Ready to synthesize", plain(&self.ready_to_synthesize));
        section("Ready, best first", advised(&self.ready));
        section("Under way, claimed by nobody", plain(&self.under_way));
        section("Nothing is ready. In the way", advised(&self.in_the_way));
        if let Some(progress) = &self.progress {
            text.push_str(&format!("Progress: {}.\n", progress.to_line()));
        }
        if text.is_empty() {
            text.push_str("Nothing is ready.\n");
        }
        format!("{text}Next: {}.", self.next)
    }
}

impl Advice {
    /// `- build (coder) Title: why`, with the id marked.
    fn to_markdown(&self) -> String {
        let Self { task, why, .. } = self;
        format!("- `{}` ({}) {}: {why}\n", task.task_id, task.specialist_type, task.title)
    }
}

#[cfg(test)]
mod tests;
