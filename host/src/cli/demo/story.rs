//! What the demo shows.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::super::table::{print, table};
use super::plan::{Plan, Task};
use super::server::Server;

/// A completed task as the server acknowledged it.
struct Acknowledged<'a> {
    task: &'a Task,
    artifact: String,
}

/// Figures for the table at the end.
#[derive(Default)]
struct Tally {
    calls: u32,
    /// The slowest answer before the kill and after.
    slowest: Duration,
    /// From the kill to the first answer of the next server.
    back_after: Duration,
    unanswered: &'static str,
    /// The task whose completion was under way at the kill.
    asked_before: Option<String>,
}

/// Plays the plan.
pub(super) async fn tell(plan: &Plan, pace: Duration) -> anyhow::Result<()> {
    let home = tempfile::Builder::new().prefix("mainstay-demo-").tempdir()?;
    let started = Instant::now();
    let mut tally = Tally::default();
    let server = Server::start(home.path()).await?;
    print(&format!("{}: {} tasks", plan.title, plan.tasks.len()))?;
    print(&format!("{}, process {}, connected over stdio", server.who(), server.process()))?;
    server.call("orchestrator_initialize_session", json!({ "working_directory": home.path() })).await?;
    let planned = server.call("orchestrator_plan_task", plan.arguments()).await?;
    let parent = planned["parent_task_id"].as_str().context("the plan has no id")?.to_owned();
    tally.calls += 2;

    let bars = Bars::new(plan);
    let mut acknowledged: Vec<Acknowledged<'_>> = Vec::new();
    let half = plan.tasks.len() / 2;
    while acknowledged.len() < half {
        step(&server, plan, &mut acknowledged, &mut tally, &bars, pace).await?;
    }
    bars.say(&format!("SIGKILL to process {} with a call under way", server.process()));
    let server = kill_and_return(server, plan, &acknowledged, home.path(), &mut tally).await?;
    bars.say(&format!("process {} took over; {}", server.process(), tally.unanswered));
    let kept = verify(&server, &acknowledged).await?;
    bars.say(&format!("{kept} of {} acknowledged results are there, byte for byte", acknowledged.len()));
    anyhow::ensure!(kept == acknowledged.len(), "something acknowledged was lost");
    while acknowledged.len() < plan.tasks.len() {
        step(&server, plan, &mut acknowledged, &mut tally, &bars, pace).await?;
    }
    bars.finish();

    let synthesis = server.call("orchestrator_synthesize_results", json!({ "parent_task_id": parent })).await?;
    tally.calls += 1;
    let lost = acknowledged.len() - verify(&server, &acknowledged).await?;
    server.leave().await?;
    summary(plan, &synthesis, &tally, lost, started.elapsed())?;
    anyhow::ensure!(lost == 0, "something acknowledged was lost");
    Ok(())
}

/// Executes and completes the next task that is ready.
///
/// A client that lost an answer asks again: a result that was handed in already is answered as it was.
async fn step<'a>(
    server: &Server,
    plan: &'a Plan,
    acknowledged: &mut Vec<Acknowledged<'a>>,
    tally: &mut Tally,
    bars: &Bars,
    pace: Duration,
) -> anyhow::Result<()> {
    let task = next(plan, acknowledged).context("the dependencies of the plan form a cycle")?;
    bars.working(task);
    if tally.asked_before.as_deref() != Some(task.id.as_str()) {
        let begun = Instant::now();
        server.call("orchestrator_execute_task", json!({ "task_id": task.id })).await?;
        tally.slowest = tally.slowest.max(begun.elapsed());
        tally.calls += 1;
        tokio::time::sleep(pace).await;
    }
    let begun = Instant::now();
    let done = server.call("orchestrator_complete_task", task.completion()).await?;
    tally.slowest = tally.slowest.max(begun.elapsed());
    tally.calls += 1;
    let artifact = done["artifact_uri"].as_str().context("the result has no artifact")?.to_owned();
    acknowledged.push(Acknowledged { task, artifact });
    bars.done(task);
    Ok(())
}

fn next<'a>(plan: &'a Plan, acknowledged: &[Acknowledged<'_>]) -> Option<&'a Task> {
    let done: HashSet<&str> = acknowledged.iter().map(|a| a.task.id.as_str()).collect();
    let ready = |task: &&Task| {
        !done.contains(task.id.as_str()) && task.depends_on.iter().all(|dependency| done.contains(dependency.as_str()))
    };
    plan.tasks.iter().find(ready)
}

/// Kills the server while it works on a call, starts another, and finds out what became of that call.
async fn kill_and_return(
    server: Server,
    plan: &Plan,
    acknowledged: &[Acknowledged<'_>],
    home: &std::path::Path,
    tally: &mut Tally,
) -> anyhow::Result<Server> {
    let under_way = next(plan, acknowledged).context("nothing is left to do")?;
    server.call("orchestrator_execute_task", json!({ "task_id": under_way.id })).await?;
    {
        let call = server.try_call("orchestrator_complete_task", under_way.completion());
        // Just long enough for the request to leave; nobody waits for its answer.
        drop(tokio::time::timeout(Duration::from_micros(300), call).await);
    }
    let killed = Instant::now();
    server.kill().await?;
    let server = Server::start(home).await?;
    let status = server.call("orchestrator_get_status", json!({ "include_completed": true })).await?;
    tally.back_after = killed.elapsed();
    tally.calls += 3;
    let completed = status["tasks"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|task| task["task_id"] == under_way.id.as_str() && task["status"] == "completed");
    tally.asked_before = Some(under_way.id.clone());
    tally.unanswered = if completed {
        "the call without an answer was kept whole"
    } else {
        "the call without an answer left no trace"
    };
    Ok(server)
}

/// How many acknowledged results the server still has, compared with what was sent.
async fn verify(server: &Server, acknowledged: &[Acknowledged<'_>]) -> anyhow::Result<usize> {
    let mut kept = 0;
    for Acknowledged { task, artifact } in acknowledged {
        let text = server.read(artifact).await?;
        kept += usize::from(text.contains(&task.work.detail));
    }
    Ok(kept)
}

fn summary(plan: &Plan, synthesis: &Value, tally: &Tally, lost: usize, took: Duration) -> anyhow::Result<()> {
    let milliseconds = |duration: Duration| format!("{:.1} ms", duration.as_secs_f64() * 1e3);
    let mut rows = table(&[plan.title.as_str(), ""]);
    rows.add_row(["tasks completed".to_owned(), format!("{} of {}", synthesis["completed"], synthesis["total"])]);
    rows.add_row([
        "synthesis".to_owned(),
        if synthesis["complete"] == true { "complete" } else { "incomplete" }.to_owned(),
    ]);
    rows.add_row(["tool calls".to_owned(), tally.calls.to_string()]);
    rows.add_row(["kills (SIGKILL)".to_owned(), "1".to_owned()]);
    rows.add_row(["acknowledged and lost".to_owned(), lost.to_string()]);
    rows.add_row(["kill to first answer of the next process".to_owned(), milliseconds(tally.back_after)]);
    rows.add_row(["slowest answer".to_owned(), milliseconds(tally.slowest)]);
    rows.add_row(["all of it".to_owned(), format!("{:.1} s", took.as_secs_f64())]);
    print(&rows)
}

/// One bar for the plan, one line for what is being worked on.
struct Bars {
    all: MultiProgress,
    plan: ProgressBar,
    task: ProgressBar,
}

impl Bars {
    fn new(plan: &Plan) -> Self {
        let all = MultiProgress::new();
        let bar =
            |template: &str| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let length = u64::try_from(plan.tasks.len()).unwrap_or(u64::MAX);
        let tasks = all.add(ProgressBar::new(length).with_style(bar("  {bar:32} {pos:>2}/{len} tasks  {elapsed}")));
        let task = all.add(ProgressBar::new_spinner().with_style(bar("  {spinner} {msg}")));
        Self { all, plan: tasks, task }
    }

    fn working(&self, task: &Task) {
        self.task.set_message(format!("{}: {}", task.specialist, task.title));
        self.task.tick();
    }

    fn done(&self, task: &Task) {
        self.plan.inc(1);
        self.say(&format!("done  {:<12} {}", task.specialist, task.title));
    }

    fn say(&self, line: &str) {
        // Where there is no terminal to draw on, the line is all there is.
        if self.all.is_hidden() {
            drop(print(&format!("  {line}")));
        } else {
            drop(self.all.println(format!("  {line}")));
        }
    }

    fn finish(&self) {
        self.task.finish_and_clear();
        self.plan.finish();
    }
}
