//! The plans of a scope with everything in them, newest first, for pages to be written from.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use super::{Outcome, Run};
use crate::artifact;
use crate::limits::shortened;
use crate::roles::RoleId;
use crate::status::Status;
use crate::words::TaskType;

/// Plans, tasks of one plan, and tasks of all plans that are gathered.
const PLANS: usize = 200;
const TASKS_OF_PLAN: usize = 500;
const TASKS: usize = 3_000;

/// Plans that are named as too long.
const NAMED: usize = 5;

/// Characters of a summary and of a description.
const SUMMARY: usize = 600;
const DESCRIPTION: usize = 800;

/// A task as pages tell of it.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) depth: usize,
    pub(super) title: String,
    pub(super) status: Status,
    pub(super) task_type: TaskType,
    pub(super) specialist: RoleId,
    pub(super) description: String,
    pub(super) summary: Option<String>,
    /// Of the last delivery.
    pub(super) uri: Option<String>,
    pub(super) children: i64,
    pub(super) open_children: i64,
    pub(super) waits_for: i64,
    pub(super) revisions: i64,
    pub(super) completed_at: Option<i64>,
    pub(super) updated_at: i64,
    /// The last thing that was said about a change of it.
    pub(super) note: Option<String>,
    /// Ids of open prerequisites, and of those that will never be completed.
    pub(super) open: Option<String>,
    pub(super) lost: Option<String>,
    /// Who holds it, until when.
    pub(super) claim: Option<(String, i64)>,
    /// Why a prerequisite is not waited for.
    pub(super) waived: Option<String>,
}

impl FromRow for Item {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let artifact = row.get::<Option<String>>("artifact")?;
        let agent = row.get::<Option<String>>("agent")?;
        let until = row.get::<Option<i64>>("until")?;
        let text = |name: &str| -> Result<Option<String>, DatabaseError> {
            let text = row.get::<Option<String>>(name)?.map(|text| one_line(&text));
            Ok(text.filter(|text| !text.is_empty()))
        };
        Ok(Self {
            id: row.get("id")?,
            depth: usize::try_from(row.get::<i64>("depth")?).unwrap_or(1),
            title: row.get("title")?,
            status: row.get("status")?,
            task_type: row.get("type")?,
            specialist: row.get("specialist")?,
            description: shortened(&row.get::<String>("description")?, DESCRIPTION),
            summary: text("summary")?.map(|summary| shortened(&summary, SUMMARY)),
            uri: artifact.map(|id| artifact::uri(&id)),
            children: row.get("children")?,
            open_children: row.get("open_children")?,
            waits_for: row.get("waits_for")?,
            revisions: row.get("revisions")?,
            completed_at: row.get("completed_at")?,
            updated_at: row.get("updated_at")?,
            note: text("note")?,
            open: text("open")?,
            lost: text("lost")?,
            claim: agent.zip(until),
            waived: text("waived")?,
        })
    }
}

/// Lists have one line an item.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Item {
    /// Of a plan: how far it is.
    pub(super) fn progress(&self) -> String {
        let finished = self.children - self.open_children;
        match self.children {
            0 => self.status.to_string(),
            children => format!("{}, {finished} of {children} parts finished", self.status),
        }
    }
}

/// A topmost task, and everything below it in the order of the tree.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) top: Item,
    pub(super) parts: Vec<Item>,
}

impl Plan {
    pub(super) fn is_open(&self) -> bool {
        !self.top.status.is_settled()
    }

    /// Tasks that are worked on themselves: all but those that have parts.
    pub(super) fn leaves(&self) -> impl Iterator<Item = &Item> {
        std::iter::once(&self.top).chain(&self.parts).filter(|item| item.children == 0)
    }
}

pub(super) fn gather(cx: &Context<'_>, run: &Run<'_>, outcome: &mut Outcome) -> Result<Vec<Plan>, Failure> {
    let (mut plans, mut cut) = (Vec::new(), Vec::new());
    for path in roots(cx, run, outcome)? {
        if outcome.looked_at >= TASKS {
            let note = format!("Plans were left out, the oldest and finished ones: {TASKS} tasks are written about.");
            outcome.notes.push(note);
            break;
        }
        let mut items = items(cx, &path)?;
        if items.len() > TASKS_OF_PLAN {
            items.truncate(TASKS_OF_PLAN);
            cut.extend(items.first().map(|top| format!("`{}`", top.id)));
        }
        outcome.looked_at += items.len();
        if items.is_empty() {
            continue;
        }
        let top = items.remove(0);
        plans.push(Plan { top, parts: items });
    }
    if !cut.is_empty() {
        let (named, more) = (cut.len().min(NAMED), cut.len().saturating_sub(NAMED));
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names = cut[..named].join(", ");
        outcome.notes.push(format!("Of {names}{more} only the first {TASKS_OF_PLAN} tasks are written about."));
    }
    Ok(plans)
}

/// The topmost tasks that are written about: those that are open first, and then the newest first.
fn roots(cx: &Context<'_>, run: &Run<'_>, outcome: &mut Outcome) -> Result<Vec<String>, Failure> {
    let mut paths = Vec::new();
    for settled in [false, true] {
        let most = one_more(PLANS.saturating_sub(paths.len()));
        let rows = match &run.scope.roots {
            Some(roots) => {
                let sql = "SELECT path FROM task
                    WHERE path IN (SELECT value FROM json_each(?1)) AND settled = ?2 ORDER BY seq DESC LIMIT ?3";
                cx.db().query::<(String,)>(sql, params![serde_json::to_string(roots)?, settled, most])?
            }
            None => {
                let sql = "SELECT path FROM task
                    WHERE workspace_id = ?1 AND depth = 1 AND settled = ?2 ORDER BY seq DESC LIMIT ?3";
                cx.db().query::<(String,)>(sql, params![run.workspace.id, settled, most])?
            }
        };
        paths.extend(rows.into_iter().map(|(path,)| path));
        if paths.len() > PLANS {
            paths.truncate(PLANS);
            let note = format!("Plans were left out, the oldest and finished ones: {PLANS} plans are written about.");
            outcome.notes.push(note);
            break;
        }
    }
    Ok(paths)
}

fn one_more(most: usize) -> u32 {
    u32::try_from(most + 1).unwrap_or(u32::MAX)
}

fn items(cx: &Context<'_>, path: &str) -> Result<Vec<Item>, Failure> {
    let sql =
        "SELECT t.id, t.depth, t.title, t.status, t.type, t.specialist, substr(t.description, 1, 1000) AS description,
            substr(t.summary, 1, 1000) AS summary, t.children, t.open_children, t.waits_for, t.revisions,
            t.completed_at, t.updated_at, c.agent, c.until,
            (SELECT a.id FROM artifact AS a WHERE a.task = t.seq AND a.name IS NULL ORDER BY a.version DESC LIMIT 1)
                AS artifact,
            (SELECT e.note FROM event AS e WHERE e.workspace_id = t.workspace_id AND e.task_id = t.id
                AND e.note IS NOT NULL ORDER BY e.seq DESC LIMIT 1) AS note,
            (SELECT group_concat(q.id, ' ') FROM dependency AS d JOIN task AS q ON q.seq = d.prerequisite
                WHERE d.task = t.seq AND d.binds AND q.satisfies = 0) AS open,
            (SELECT group_concat(q.id, ' ') FROM dependency AS d JOIN task AS q ON q.seq = d.prerequisite
                WHERE d.task = t.seq AND d.binds AND q.satisfies = 0 AND q.status IN ('cancelled', 'archived')) AS lost,
            (SELECT group_concat(q.id || ': ' || coalesce(d.reason, ''), '; ')
                FROM dependency AS d JOIN task AS q ON q.seq = d.prerequisite
                WHERE d.task = t.seq AND d.waived_at IS NOT NULL) AS waived
        FROM task AS t LEFT JOIN claim AS c ON c.task = t.seq AND c.until > ?3
        WHERE t.path >= ?1 AND t.path < ?1 || 'g' ORDER BY t.path LIMIT ?2";
    Ok(cx.db().query(sql, params![path, one_more(TASKS_OF_PLAN), cx.now().cast_signed()])?)
}
