//! Where the work of a workspace stands, in a few lines.

use mainstay_plugin::prelude::*;

use crate::limits::{all_cut, cut, shortened};
use crate::moment;
use crate::next;
use crate::roles::Roles;
use crate::session;
use crate::task::{PlanLine, TaskLine};
use crate::workspace::Workspace;

/// Plans, and tasks of each kind, that are named.
const NAMED: u32 = 5;

/// Names of lists that can be cut.
const PLANS: &str = "open_plans";
const UNDER_WAY: &str = "under_way";
const READY: &str = "ready";

/// Events that are told.
const EVENTS: usize = 10;

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Standing {
    pub(super) workspace: String,
    /// Tasks, and those of them that are completed, cancelled or archived.
    pub(super) total: i64,
    pub(super) settled: i64,
    /// Such as "3 pending, 1 active".
    pub(super) counts: String,
    /// Newest first, at most 5.
    pub(super) open_plans: Vec<PlanLine>,
    pub(super) under_way: Vec<TaskLine>,
    pub(super) ready: Vec<TaskLine>,
    /// Newest first, at most 10.
    pub(super) events: Vec<String>,
    /// More has happened than is told.
    pub(super) more_events: bool,
    /// Lists of tasks of which more is there than is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cut: Option<Vec<&'static str>>,
    pub(super) roles_problems: Vec<String>,
    pub(super) next: String,
}

impl Standing {
    /// With the events after the time `since`.
    pub(super) fn of(cx: &Context<'_>, workspace: &Workspace, since: i64) -> Result<Self, Failure> {
        let counts = session::counts(cx, workspace)?;
        let settled = counts.iter().filter(|(status, _)| status.is_settled());
        let mut events = events(cx, workspace, since)?;
        let more_events = events.len() > EVENTS;
        events.truncate(EVENTS);
        let (mut under_way, mut ready) = (under_way(cx, workspace)?, next::ready(cx, workspace.id, NAMED + 1)?);
        let mut open_plans = open_plans(cx, workspace)?;
        let most = NAMED as usize;
        let cut = all_cut([
            cut(PLANS, &mut open_plans, most),
            cut(UNDER_WAY, &mut under_way, most),
            cut(READY, &mut ready, most),
        ]);
        let gathered = next::gathered(cx, workspace.id, 1)?;
        let words: Vec<_> = counts.iter().map(|(status, tasks)| format!("{tasks} {status}")).collect();
        Ok(Self {
            workspace: workspace.path.clone(),
            total: counts.iter().map(|(_, tasks)| tasks).sum(),
            settled: settled.map(|(_, tasks)| tasks).sum(),
            counts: if words.is_empty() { "no tasks".to_owned() } else { words.join(", ") },
            open_plans,
            cut,
            next: what_next(&gathered, &under_way, &ready),
            under_way,
            ready,
            events,
            more_events,
            roles_problems: Roles::of(cx, workspace)?.problems,
        })
    }

    /// A line that says that there is more, if so.
    fn more(&self, list: &str) -> &'static str {
        if self.cut.as_ref().is_some_and(|cut| cut.contains(&list)) { "- and more\n" } else { "" }
    }

    pub(super) fn to_markdown(&self, since: &str) -> String {
        let Self { workspace, total, settled, counts, next, .. } = self;
        let mut text = format!("{workspace}: {settled} of {total} tasks settled ({counts}).\n");
        if !self.open_plans.is_empty() {
            text.push_str("Open plans:\n");
        }
        for PlanLine { task_id, title, finished, total, .. } in &self.open_plans {
            text.push_str(&format!("- `{task_id}` {title}: {finished} of {total} parts finished\n"));
        }
        text.push_str(self.more(PLANS));
        for (heading, tasks, list) in [("Under way", &self.under_way, UNDER_WAY), ("Ready", &self.ready, READY)] {
            if !tasks.is_empty() {
                text.push_str(&format!("{heading}:\n"));
            }
            tasks.iter().for_each(|task| text.push_str(&task.to_markdown()));
            text.push_str(self.more(list));
        }
        if !self.events.is_empty() {
            text.push_str(&format!("{since}:\n"));
        }
        self.events.iter().for_each(|event| text.push_str(&format!("- {event}\n")));
        if self.more_events {
            text.push_str("- and more before\n");
        }
        self.roles_problems.iter().for_each(|problem| text.push_str(&format!("{problem}\n")));
        text.push_str(&format!("Next: {next}."));
        text
    }
}

fn open_plans(cx: &Context<'_>, workspace: &Workspace) -> Result<Vec<PlanLine>, Failure> {
    let sql = "SELECT id, title, status, children, open_children, gathered FROM task
        WHERE workspace_id = ?1 AND children > 0 AND settled = 0 ORDER BY seq DESC LIMIT ?2";
    Ok(cx.db().query(sql, params![workspace.id, NAMED + 1])?)
}

/// What somebody works on; a plan is active as long as its parts are, and says nothing by that.
fn under_way(cx: &Context<'_>, workspace: &Workspace) -> Result<Vec<TaskLine>, Failure> {
    let sql = "SELECT id, title, status, specialist, children FROM task WHERE workspace_id = ?1 AND status = ?2
        ORDER BY seq DESC LIMIT ?3";
    let looked_at = 10 * NAMED;
    let statement = |status: &str| Statement::new(sql, params![workspace.id, status, looked_at]);
    let mut tasks = Vec::new();
    for rows in cx.db().batch(vec![statement("active"), statement("in_progress")])? {
        for row in rows.iter().filter(|row| row.get::<i64>("children").is_ok_and(|children| children == 0)) {
            tasks.push(mainstay_plugin::FromRow::from_row(&row)?);
        }
    }
    Ok(tasks)
}

/// The newest events after `since`, and one more than is told if there are so many.
fn events(cx: &Context<'_>, workspace: &Workspace, since: i64) -> Result<Vec<String>, Failure> {
    let sql = "SELECT at, task_id, kind, previous, current FROM event WHERE workspace_id = ?1
        ORDER BY seq DESC LIMIT ?2";
    let one_more = u32::try_from(EVENTS + 1).unwrap_or(u32::MAX);
    type Columns = (i64, String, String, Option<String>, Option<String>);
    let rows = cx.db().query::<Columns>(sql, params![workspace.id, one_more])?;
    let line = |(at, task, kind, previous, current): Columns| {
        let what = kind.replace('_', " ");
        let change = match (previous, current) {
            (Some(previous), Some(current)) => {
                format!(" from {} to {}", shortened(&previous, 60), shortened(&current, 60))
            }
            (None, Some(current)) => format!(": {}", shortened(&current, 60)),
            _ => String::new(),
        };
        format!("{} `{task}` {what}{change}", moment::format(at))
    };
    Ok(rows.into_iter().take_while(|row| row.0 > since).map(line).collect())
}

fn what_next(gathered: &[TaskLine], under_way: &[TaskLine], ready: &[TaskLine]) -> String {
    match (gathered.first(), under_way.first(), ready.first()) {
        (Some(plan), _, _) => next::synthesize_call(&plan.task_id),
        (_, Some(task), _) | (_, _, Some(task)) => next::execute_call(&task.task_id),
        _ => "orchestrator_plan_task".to_owned(),
    }
}
