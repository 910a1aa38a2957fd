//! From the start of the process to its first answers, and what it weighs then.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;

use crate::client::Server;

struct Start {
    initialized: Duration,
    called: Duration,
    resident_kib: Option<u64>,
}

/// Measures the orchestrator: once without anything cached, then `times` with.
pub(crate) fn measure(dir: &Path, times: usize) -> anyhow::Result<()> {
    let dir = dir.join("orchestrator");
    let cold = start(&dir)?;
    let mut warm = (0..times).map(|_| start(&dir)).collect::<anyhow::Result<Vec<_>>>()?;
    warm.sort_by_key(|start| start.called);
    let median = warm.swap_remove(warm.len() / 2);
    let fastest_initialize = warm.iter().map(|start| start.initialized).min().unwrap_or(median.initialized);
    println!("| orchestrator | first `initialize` answer | first tool call answered | resident memory then |");
    println!("|---|---|---|---|");
    row("first start, nothing compiled", &cold);
    row("start, compiled form cached (median)", &median);
    println!("| fastest | {:.1} ms | | |", fastest_initialize.as_secs_f64() * 1e3);
    Ok(())
}

fn start(dir: &Path) -> anyhow::Result<Start> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mainstay"));
    command.arg("--data-dir").arg(dir).arg("serve");
    let begun = Instant::now();
    let mut server = Server::spawn(&mut command)?;
    server.initialize()?;
    let initialized = begun.elapsed();
    server.call_once("orchestrator_get_status", &json!({})).context("the first call")?;
    Ok(Start { initialized, called: begun.elapsed(), resident_kib: server.resident_kib() })
}

fn row(name: &str, start: &Start) {
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    let memory =
        start.resident_kib.map_or_else(|| "not known here".to_owned(), |kib| format!("{:.1} MB", kib as f64 / 1e3));
    println!("| {name} | {:.1} ms | {:.1} ms | {memory} |", ms(start.initialized), ms(start.called));
}
