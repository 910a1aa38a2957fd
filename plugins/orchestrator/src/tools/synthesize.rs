//! `orchestrator_synthesize_results`: what came of a plan, and whether it is done.

use std::collections::BTreeMap;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use crate::artifact;
use crate::graph;
use crate::limits::{self, shortened};
use crate::next::{execute_call, ready_in_plan, synthesize_call};
use crate::plugin::Orchestrator;
use crate::roles::RoleId;
use crate::status::Status;
use crate::task::{PlanLine, Task, TaskLine, change_status};
use crate::workspace::Workspace;

/// Results that are shown; a plan can have more parts than a model should read at once.
const RESULTS: usize = 200;

/// Open parts that are named.
const MISSING: usize = 50;

/// Characters for all summaries together, and what is left to each at least.
const SUMMARIES: usize = 40_000;
const SUMMARY_AT_LEAST: usize = 120;

const DESCRIPTION: &str = "\
Gathers the results of a plan by specialist, and says honestly what is done and what is missing. If every part is \
finished it completes the plan; otherwise nothing changes. Call it when orchestrator_complete_task says that the plan \
is ready, or to see an interim result. Next: write the final answer from it, or finish what is missing.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct SynthesizeResults {
    /// The plan: the task whose parts were worked on.
    pub(super) parent_task_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Synthesis {
    parent_task_id: String,
    title: String,
    status: Status,
    /// Every part is finished, and with them the plan.
    complete: bool,
    total: i64,
    completed: i64,
    /// Parts that were cancelled or archived without a result.
    given_up: i64,
    results: Vec<RoleResults>,
    /// Finished parts beyond those shown.
    results_not_shown: i64,
    /// Parts that are not finished, at most 50.
    missing: Vec<TaskLine>,
    next: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RoleResults {
    specialist_type: RoleId,
    tasks: Vec<TaskResult>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TaskResult {
    task_id: String,
    title: String,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_uri: Option<String>,
}

/// A finished part, and the role it was given to.
struct Part(RoleId, TaskResult);

impl FromRow for Part {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let artifact = row.get::<Option<String>>("artifact")?;
        let result = TaskResult {
            task_id: row.get("id")?,
            title: row.get("title")?,
            status: row.get("status")?,
            summary: row.get("summary")?,
            artifact_uri: artifact.map(|id| artifact::uri(&id)),
        };
        Ok(Self(row.get("specialist")?, result))
    }
}

pub(super) fn tool() -> Tool<Orchestrator> {
    super::answering("orchestrator_synthesize_results", DESCRIPTION, run)
        .title("Gather the results of a plan")
        .additive()
        .idempotent()
}

pub(super) fn run(cx: &Context<'_>, args: &SynthesizeResults) -> Outcome<Synthesis> {
    let workspace = Workspace::of_caller(cx)?;
    let plan = Task::require(cx, &workspace, "/parent_task_id", &args.parent_task_id)?;
    if !plan.is_plan() {
        return Err(no_plan(&plan));
    }
    let parts = finished_parts(cx, &plan)?;
    if plan.open_children == 0 && !plan.status.is_settled() {
        graph::require_no_open_prerequisites(cx, &plan, "completed")?;
        finish(cx, &plan, &parts)?;
    }
    answer(cx, &plan.reloaded(cx)?, parts)
}

fn no_plan(task: &Task) -> Failure {
    Failure::new("not-a-plan", format!("`{}` ({}) has no parts to gather", task.id, task.title)).with_hint(
        "Hand in its own result with orchestrator_complete_task, or give it parts with orchestrator_plan_task and \
         parent_task_id.",
    )
}

fn finished_parts(cx: &Context<'_>, plan: &Task) -> Result<Vec<Part>, Failure> {
    let sql = "SELECT t.id, t.title, t.status, t.specialist, t.summary,
            (SELECT a.id FROM artifact AS a WHERE a.task = t.seq AND a.name IS NULL ORDER BY a.version DESC LIMIT 1) AS artifact
        FROM task AS t WHERE t.parent = ?1 AND t.settled = 1 ORDER BY t.position LIMIT ?2";
    let mut parts: Vec<Part> = cx.db().query(sql, params![plan.seq, u32::try_from(RESULTS).unwrap_or(u32::MAX)])?;
    let each = (SUMMARIES / parts.len().max(1)).max(SUMMARY_AT_LEAST);
    for Part(_, result) in &mut parts {
        result.summary = result.summary.as_deref().map(|summary| shortened(summary, each));
    }
    Ok(parts)
}

/// Completes the plan; its summary, for those who build on it, is that of its parts.
fn finish(cx: &Context<'_>, plan: &Task, parts: &[Part]) -> Result<(), Failure> {
    let each = (limits::SUMMARY / parts.len().max(1)).max(SUMMARY_AT_LEAST);
    let one = |Part(_, result): &Part| {
        let summary = result.summary.as_deref().unwrap_or("no result");
        shortened(&format!("{}: {summary}", result.title), each)
    };
    let summary = parts.iter().map(one).collect::<Vec<_>>().join("\n");
    change_status(cx, plan, Status::Completed)?;
    let note = "UPDATE task SET summary = ?2 WHERE seq = ?1";
    cx.db().execute(note, params![plan.seq, shortened(&summary, limits::SUMMARY)])?;
    Ok(())
}

fn answer(cx: &Context<'_>, plan: &Task, parts: Vec<Part>) -> Outcome<Synthesis> {
    let given_up = "SELECT given_up FROM work WHERE task = ?1";
    let given_up = cx.db().query_one::<(i64,)>(given_up, params![plan.seq])?.map_or(0, |row| row.0);
    let settled = plan.children - plan.open_children;
    let shown = i64::try_from(parts.len()).unwrap_or(i64::MAX);
    let missing = "SELECT id, title, status, specialist FROM task WHERE parent = ?1 AND settled = 0
        ORDER BY position LIMIT ?2";
    let synthesis = Synthesis {
        parent_task_id: plan.id.clone(),
        title: plan.title.clone(),
        status: plan.status,
        complete: plan.open_children == 0,
        total: plan.children,
        completed: settled - given_up,
        given_up,
        results: by_role(parts),
        results_not_shown: settled - shown,
        missing: cx.db().query(missing, params![plan.seq, u32::try_from(MISSING).unwrap_or(u32::MAX)])?,
        next: what_next(cx, plan)?,
    };
    let text = synthesis.to_markdown();
    Ok(Reply::from(synthesis).with_text(text))
}

fn by_role(parts: Vec<Part>) -> Vec<RoleResults> {
    let mut roles = BTreeMap::<RoleId, Vec<TaskResult>>::new();
    for Part(specialist, result) in parts {
        roles.entry(specialist).or_default().push(result);
    }
    roles.into_iter().map(|(specialist_type, tasks)| RoleResults { specialist_type, tasks }).collect()
}

fn what_next(cx: &Context<'_>, plan: &Task) -> Result<String, Failure> {
    if plan.open_children > 0 {
        return Ok(match ready_in_plan(cx, plan.seq, 1)?.first() {
            Some(task) => execute_call(&task.task_id),
            None => "finish the missing parts; none of them is ready to be taken up right now".to_owned(),
        });
    }
    let above = PlanLine::above(cx, plan)?.filter(|above| above.ready_to_synthesize);
    Ok(match above {
        Some(above) => {
            format!("all parts of `{}` are finished too: {}", above.task_id, synthesize_call(&above.task_id))
        }
        None => "write the final result from these; artifacts hold the details".to_owned(),
    })
}

impl Synthesis {
    fn to_markdown(&self) -> String {
        let Self { parent_task_id, title, completed, total, given_up, .. } = self;
        let mut text = format!("# `{parent_task_id}`: {title}\n\n{completed} of {total} parts are completed");
        if *given_up > 0 {
            text.push_str(&format!(", {given_up} given up"));
        }
        text.push_str(match (self.complete, self.status) {
            (true, Status::Completed) => ". The plan is completed.\n",
            (true, _) => ".\n",
            (false, _) => ". The plan is not completed.\n",
        });
        if self.results.iter().flat_map(|role| &role.tasks).any(|task| task.artifact_uri.is_some()) {
            text.push_str(&format!("In brackets: the artifact with the whole, {}.\n", artifact::TEMPLATE));
        }
        for RoleResults { specialist_type, tasks } in &self.results {
            text.push_str(&format!("\n## {specialist_type}\n"));
            tasks.iter().for_each(|task| text.push_str(&task.to_markdown()));
        }
        if self.results_not_shown > 0 {
            text.push_str(&format!("\n{} more results are not shown.\n", self.results_not_shown));
        }
        if !self.missing.is_empty() {
            text.push_str("\n## Missing\n");
        }
        self.missing.iter().for_each(|task| text.push_str(&task.to_markdown()));
        let unnamed = total - completed - given_up - i64::try_from(self.missing.len()).unwrap_or(i64::MAX);
        if unnamed > 0 {
            text.push_str(&format!("- and {unnamed} more\n"));
        }
        text.push_str(&format!("\nNext: {}.", self.next));
        text
    }
}

impl TaskResult {
    fn to_markdown(&self) -> String {
        let Self { task_id, title, status, .. } = self;
        let summary = self.summary.as_deref().unwrap_or("no result");
        let status = if *status == Status::Completed { String::new() } else { format!(", {status}") };
        let artifact = self.artifact_uri.as_deref().and_then(artifact::place_of);
        let artifact = artifact.map(|(id, _)| format!(" [{id}]")).unwrap_or_default();
        format!("- `{task_id}` {title}{status}: {summary}{artifact}\n")
    }
}

#[cfg(test)]
mod tests;
