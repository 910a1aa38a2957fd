//! What is asked about: a whole workspace, or a plan and everything below it.

use mainstay_plugin::prelude::*;

use crate::task::Task;

/// Open plans that are looked into: the one that is asked about, and some below it.
pub(crate) const PLANS: usize = 100;

/// Where to look.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) workspace: i64,
    pub(super) plan: Option<Task>,
    /// The plan, and the open ones below it.
    pub(super) plans: Vec<i64>,
}

impl Scope {
    pub(crate) fn whole(workspace: i64) -> Self {
        Self { workspace, plan: None, plans: Vec::new() }
    }

    /// Looks for the plans below `plan` level by level, and no further than a hundred.
    pub(crate) fn plan(cx: &Context<'_>, plan: Task) -> Result<Self, Failure> {
        let mut plans = vec![plan.seq];
        let mut level = plans.clone();
        let sql = "SELECT seq FROM task INDEXED BY task_open_plan_below
            WHERE parent IN (SELECT value FROM json_each(?1)) AND children > 0 AND settled = 0 LIMIT ?2";
        while !level.is_empty() && plans.len() < PLANS {
            let room = u32::try_from(PLANS - plans.len()).unwrap_or(0);
            let below = cx.db().query::<(i64,)>(sql, params![serde_json::to_string(&level)?, room])?;
            level = below.into_iter().map(|row| row.0).collect();
            plans.extend(&level);
        }
        Ok(Self { workspace: plan.workspace, plan: Some(plan), plans })
    }

    /// Whether there may be more plans below than are looked into.
    pub(crate) fn is_cut(&self) -> bool {
        self.plans.len() >= PLANS
    }

    /// Whether a task with that path belongs to it.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.plan.as_ref().is_none_or(|plan| path.starts_with(&plan.path))
    }

    /// The plans in it that only lack synthesis, at most `most`.
    pub(crate) fn gathered(&self, cx: &Context<'_>, most: u32) -> Result<Vec<crate::task::TaskLine>, Failure> {
        if self.plan.is_none() {
            return super::gathered(cx, self.workspace, most);
        }
        let sql = "SELECT id, title, status, specialist FROM task
            WHERE seq IN (SELECT value FROM json_each(?1)) AND gathered = 1 LIMIT ?2";
        Ok(cx.db().query(sql, params![serde_json::to_string(&self.plans)?, most])?)
    }
}
