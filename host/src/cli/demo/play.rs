//! Playing the plan: task by task, and through a kill.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;

use super::super::load::Server;
use super::plan::{Plan, Task};
use super::stage::Stage;

/// The plan, and how far it is.
pub(super) struct Play<'a> {
    plan: &'a Plan,
    /// As the server names it.
    parent: String,
    acknowledged: Vec<Acknowledged<'a>>,
    /// The task whose completion was under way at the kill.
    asked_before: Option<&'a str>,
    pub(super) calls: usize,
}

/// A completed task as the server acknowledged it.
struct Acknowledged<'a> {
    task: &'a Task,
    artifact: String,
}

impl<'a> Play<'a> {
    pub(super) async fn begin(server: &Server, plan: &'a Plan) -> anyhow::Result<Self> {
        let planned = server.call("orchestrator_plan_task", plan.arguments()).await?;
        let parent = planned["parent_task_id"].as_str().context("the plan has no id")?.to_owned();
        Ok(Self { plan, parent, acknowledged: Vec::new(), asked_before: None, calls: 1 })
    }

    /// Results that were handed in and acknowledged.
    pub(super) fn done(&self) -> usize {
        self.acknowledged.len()
    }

    /// Executes and completes tasks that are ready until so many are done.
    ///
    /// A client that lost an answer asks again: a result that was handed in already is answered as it was.
    pub(super) async fn until(
        &mut self,
        done: usize,
        server: &Server,
        stage: &Stage,
        pace: Duration,
    ) -> anyhow::Result<()> {
        while self.acknowledged.len() < done {
            let task = self.next()?;
            stage.working(task);
            if self.asked_before.is_none_or(|asked| asked != task.id) {
                server.call("orchestrator_execute_task", json!({ "task_id": task.id })).await?;
                self.calls += 1;
                tokio::time::sleep(pace).await;
            }
            let completed = server.call("orchestrator_complete_task", task.completion()).await?;
            self.calls += 1;
            let artifact = completed["artifact_uri"].as_str().context("the result has no artifact")?.to_owned();
            self.acknowledged.push(Acknowledged { task, artifact });
            stage.done(task);
        }
        Ok(())
    }

    fn next(&self) -> anyhow::Result<&'a Task> {
        let done: HashSet<&str> = self.acknowledged.iter().map(|a| a.task.id.as_str()).collect();
        let ready = |task: &&Task| {
            let depends_on = &task.depends_on;
            !done.contains(task.id.as_str()) && depends_on.iter().all(|task| done.contains(task.as_str()))
        };
        self.plan.tasks.iter().find(ready).context("the dependencies of the plan form a cycle")
    }

    /// Kills the server while it works on a call, and says when that was.
    pub(super) async fn kill(&mut self, server: Server) -> anyhow::Result<Instant> {
        let under_way = self.next()?;
        server.call("orchestrator_execute_task", json!({ "task_id": under_way.id })).await?;
        {
            let call = server.try_call("orchestrator_complete_task", under_way.completion());
            // Just long enough for the request to leave; nobody waits for its answer.
            drop(tokio::time::timeout(Duration::from_micros(300), call).await);
        }
        let killed = Instant::now();
        server.kill().await?;
        self.asked_before = Some(&under_way.id);
        self.calls += 2;
        Ok(killed)
    }

    /// What became of the call that was under way at the kill, as the next server has it.
    pub(super) async fn unanswered(&mut self, server: &Server) -> anyhow::Result<&'static str> {
        let so_far = self.synthesis(server).await?;
        Ok(if so_far["completed"].as_u64() > u64::try_from(self.acknowledged.len()).ok() {
            "the call that was under way was kept whole"
        } else {
            "the call that was under way left no trace"
        })
    }

    pub(super) async fn synthesis(&mut self, server: &Server) -> anyhow::Result<serde_json::Value> {
        self.calls += 1;
        server.call("orchestrator_synthesize_results", json!({ "parent_task_id": self.parent })).await
    }

    /// How many acknowledged results the server still has, compared with what was sent.
    pub(super) async fn verify(&self, server: &Server) -> anyhow::Result<usize> {
        let mut kept = 0;
        for Acknowledged { task, artifact } in &self.acknowledged {
            let text = server.read(artifact).await?;
            kept += usize::from(text.contains(&task.work.detail));
        }
        Ok(kept)
    }
}
