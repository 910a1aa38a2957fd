//! The workspace that is measured, made as clients make theirs.

use std::collections::HashSet;
use std::time::Instant;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::super::super::client::text;
use super::super::super::load::Server;
use super::PARTS;

/// Whose tasks they are. Nothing is read or written there.
pub(super) const DIRECTORY: &str = "/bench";

/// Parts that are done one after the other; the first of them is ready when the plan is made.
const CHAIN: u32 = 5;
/// Plans that are parts of the first of them.
const FAMILY: u32 = 10;
/// Of each plan, so many first links of chains are handed in while it grows.
const WORKED: u32 = 2;
/// Of each plan, so many are left to be taken up by calls that are measured.
const LEFT: u32 = PARTS / CHAIN - WORKED;

/// One workspace, and what is in it.
pub(super) struct Workspace {
    tools: HashSet<String>,
    session: String,
    /// Plans so far, and how many there were before it last grew: what is measured is done with those that are new.
    plans: u32,
    before: u32,
}

impl Workspace {
    pub(super) async fn begin(server: &Server) -> anyhow::Result<Self> {
        let begin = json!({ "working_directory": DIRECTORY });
        let begun = text(&server.try_call("orchestrator_initialize_session", begin).await?);
        let session = begun.split(['(', ')']).nth(1).context("a session has an id")?.to_owned();
        Ok(Self { tools: server.tools().await?, session, plans: 0, before: 0 })
    }

    /// Plans, and hands in some of it, until there are so many tasks. Says how long each planning call took.
    pub(super) async fn grow(&mut self, server: &Server, tasks: u32) -> anyhow::Result<Vec<u64>> {
        self.before = self.plans;
        let mut micros = Vec::new();
        while self.tasks() < tasks || self.plans == self.before {
            let plan = self.plans;
            self.plans += 1;
            let began = Instant::now();
            let planned = server.call("orchestrator_plan_task", planned(plan)).await;
            planned.with_context(|| format!("with {} tasks", self.tasks()))?;
            micros.push(u64::try_from(began.elapsed().as_micros())?);
            for chain in 0..WORKED {
                let id = part(plan, chain * CHAIN);
                server.call("orchestrator_execute_task", json!({ "task_id": id })).await?;
                server.call("orchestrator_complete_task", Self::work(&id)).await?;
            }
        }
        Ok(micros)
    }

    /// The one that the tasks are planned in.
    pub(super) fn session(&self) -> &str {
        &self.session
    }

    pub(super) fn serves(&self, tool: &str) -> bool {
        self.tools.contains(tool)
    }

    /// Those that it grew by.
    pub(super) fn tasks(&self) -> u32 {
        self.plans * (PARTS + 1)
    }

    /// A plan, another for each number as long as there are others.
    pub(super) fn plan(&self, number: u32) -> String {
        plan_id(self.before + number % self.fresh())
    }

    /// A task that nobody had taken up before the calls are measured; another for each number.
    pub(super) fn ready(&self, number: u32) -> String {
        let chain = WORKED + number / self.fresh() % LEFT;
        part(self.before + number % self.fresh(), chain * CHAIN)
    }

    /// A word that one task has.
    pub(super) fn rare_word(&self, number: u32) -> String {
        word(self.before + number % self.fresh(), number % PARTS)
    }

    pub(super) fn small_plan(&self, id: &str, parts: u32) -> Value {
        let subtasks: Vec<_> = (0..parts).map(|number| subtask(&format!("{id}-{number}"), number, "few")).collect();
        json!({ "task_id": id, "title": format!("Plan {id}"), "description": "In a few parts.", "subtasks": subtasks,
            "parent_task_id": self.plan(0) })
    }

    pub(super) fn work(id: &str) -> Value {
        json!({ "task_id": id, "summary": format!("What came of {id}."), "next_action": "complete",
            "detailed_work": format!("The whole result of {id}. ").repeat(40), "file_paths": ["src/lib.rs"] })
    }

    fn fresh(&self) -> u32 {
        (self.plans - self.before).max(1)
    }
}

fn plan_id(plan: u32) -> String {
    format!("bench-{plan}")
}

fn part(plan: u32, number: u32) -> String {
    format!("bench-{plan}-{number}")
}

fn word(plan: u32, number: u32) -> String {
    format!("w{plan}x{number}")
}

fn planned(plan: u32) -> Value {
    let parts: Vec<_> = (0..PARTS).map(|number| subtask(&part(plan, number), number, &word(plan, number))).collect();
    let mut planned = json!({ "task_id": plan_id(plan), "title": format!("Plan {plan}"), "subtasks": parts,
        "description": "Work of many parts, of which some wait for others." });
    if !plan.is_multiple_of(FAMILY) {
        planned["parent_task_id"] = plan_id(plan - plan % FAMILY).into();
    }
    planned
}

/// The last link of a chain also waits for the first one of the chain.
fn subtask(id: &str, number: u32, word: &str) -> Value {
    let sibling = |number: u32| format!("{}-{number}", id.rsplit_once('-').map_or(id, |(plan, _)| plan));
    let link = number % CHAIN;
    let mut dependencies: Vec<_> = (link > 0).then(|| sibling(number - 1)).into_iter().collect();
    dependencies.extend((link == CHAIN - 1).then(|| sibling(number - link)));
    let specialist = ["implementer", "tester", "reviewer", "documenter"][number as usize % 4];
    json!({ "task_id": id, "title": format!("Part {number}"), "specialist_type": specialist,
        "description": format!("What has to be done for {word}, and when it counts as done."),
        "estimated_effort": "2 hours", "dependencies": dependencies })
}
