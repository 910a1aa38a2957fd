//! `mainstay bench tasks`: what the orchestrator's tools take in workspaces of different sizes.
//!
//! [`workspace`] makes one larger by planning and working as a client does, [`measured`] are the calls that are timed in
//! it, and [`results`] shows them.

mod measured;
mod results;
mod workspace;

use std::time::Instant;

use anyhow::ensure;

use self::measured::MEASURED;
use self::results::{Results, Row, Timed};
use self::workspace::Workspace;
use super::super::block_on;
use super::super::client::text;
use super::super::load::Server;
use super::super::table::print;
use super::progress::Progress;
use super::swap::grouped;
use crate::store::DataDir;

/// Tasks of one planning call besides the plan itself.
const PARTS: u32 = 500;

/// Measure what the orchestrator's tools take, with few tasks and with many
///
/// Starts the real server, plans until one workspace has as many tasks as asked for, in trees, with dependencies and
/// artifacts, and times every tool over stdio, as a client sees it. Then the same with more tasks, in the same workspace.
/// Works in a temporary folder (TMPDIR): where that is memory, writing costs less than on a disk.
#[derive(Debug, clap::Args)]
pub(super) struct Tasks {
    /// How many tasks, ascending [default: 1000,100000,1000000, with --quick 1000,3000]
    #[arg(long, value_name = "N", value_delimiter = ',')]
    tasks: Option<Vec<u32>>,
    /// Calls of each tool [default: 100, with --quick 20]
    #[arg(long, value_name = "N")]
    calls: Option<u32>,
    /// Fewer tasks and calls: shows that it works
    #[arg(long)]
    quick: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Tasks {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let results = block_on(self.measure())?;
        if self.json { print(&serde_json::to_string_pretty(&results)?) } else { results::print_all(&results) }
    }

    async fn measure(&self) -> anyhow::Result<Results> {
        let sizes: &[u32] = if self.quick { &[1_000, 3_000] } else { &[1_000, 100_000, 1_000_000] };
        let sizes = self.tasks.as_deref().unwrap_or(sizes);
        ensure!(!sizes.is_empty() && sizes.is_sorted(), "the numbers of tasks ascend");
        let calls = self.calls.unwrap_or(if self.quick { 20 } else { 100 }).max(1);
        let folder = tempfile::Builder::new().prefix("mainstay-bench-").tempdir()?;
        let dir = DataDir::open(Some(folder.path().join("data")))?;
        let server = Server::start(dir.root(), "mainstay-bench", &[]).await?;
        let progress = Progress::start(sizes.len() * 2);
        let mut workspace = Workspace::begin(&server).await?;
        let mut rows: Vec<Row> = Vec::new();
        for size in sizes {
            progress.say(&format!("planning until there are {} tasks", grouped(*size)));
            let planning = workspace.grow(&server, *size).await?;
            add(&mut rows, format!("plan_task, {PARTS} subtasks, on the way"), Timed::of(planning));
            progress.say(&format!("calling with {} tasks", grouped(*size)));
            for measured in MEASURED {
                let timed = self::time(&server, &workspace, measured, calls).await?;
                add(&mut rows, measured.name(), timed);
            }
        }
        let bytes = std::fs::metadata(dir.slot_database(&crate::model::SlotName::orchestrator()))?.len();
        server.leave().await?;
        Ok(Results { sizes: sizes.to_vec(), calls, bytes, rows })
    }
}

fn add(rows: &mut Vec<Row>, call: String, timed: Timed) {
    match rows.iter_mut().find(|row| row.call == call) {
        Some(row) => row.timed.push(timed),
        None => rows.push(Row { call, timed: vec![timed] }),
    }
}

/// Calls one after the other. What is not served, or refused, is said and not timed.
async fn time(
    server: &Server,
    workspace: &Workspace,
    measured: &measured::Measured,
    calls: u32,
) -> anyhow::Result<Timed> {
    if !workspace.serves(measured.tool) {
        return Ok(Timed::Not("not served".to_owned()));
    }
    let mut micros = Vec::new();
    for number in 0..calls {
        let arguments = (measured.arguments)(workspace, number);
        let began = Instant::now();
        let result = server.try_call(measured.tool, arguments).await;
        let took = began.elapsed();
        match result {
            Ok(result) if result.is_error != Some(true) => micros.push(u64::try_from(took.as_micros())?),
            Ok(result) => return Ok(Timed::Not(text(&result))),
            Err(error) => return Ok(Timed::Not(error.to_string())),
        }
    }
    Ok(Timed::of(micros))
}
