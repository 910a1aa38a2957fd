//! What a plugin costs: the same two tools written natively on rmcp and as a plugin, over stdio pipes.
//!
//! `cargo bench --bench call` prints a table. Both servers are measured in the same run, in turn, several
//! times, and the figures of the best round stand: the machine may be busy with other things, and the
//! ratio is what counts. Set `MAINSTAY_BENCH_CALLS` to change how many calls a round has.

#![expect(clippy::print_stdout, reason = "the figures are for people")]

mod client;
mod native;
mod start;

use std::path::Path;

use client::{Figures, Server};

const ROUNDS: usize = 5;

fn main() -> anyhow::Result<()> {
    if std::env::var_os(native::ASKED).is_some() {
        return native::serve();
    }
    // `cargo test` runs benches too, to see that they still work; it wants no figures.
    let calls = match std::env::var("MAINSTAY_BENCH_CALLS") {
        Ok(calls) => calls.parse()?,
        Err(_) if std::env::args().any(|argument| argument == "--bench") => 4_000,
        Err(_) => 20,
    };
    let rounds = if calls < 100 { 1 } else { ROUNDS };
    let native = tempfile::tempdir()?;
    let plugin = tempfile::tempdir()?;
    println!(
        "| tool | in flight | native on rmcp: calls/s, p50, p99 | plugin: calls/s, p50, p99 | throughput | added at p50 |"
    );
    println!("|---|---|---|---|---|---|");
    for tool in ["echo", "insert"] {
        for window in [1, 32] {
            let (native, plugin) = compare(native.path(), plugin.path(), tool, window, calls, rounds)?;
            let ratio = plugin.per_second / native.per_second;
            let added = (plugin.p50.as_secs_f64() - native.p50.as_secs_f64()) * 1e6;
            println!("| {tool} | {window} | {native} | {plugin} | {ratio:.2} | {added:+.0} us |");
        }
    }
    println!();
    start::measure(plugin.path(), if calls < 100 { 1 } else { 15 })
}

/// The better of several rounds of each, in turn.
fn compare(
    native: &Path,
    plugin: &Path,
    tool: &str,
    window: usize,
    calls: usize,
    rounds: usize,
) -> anyhow::Result<(Figures, Figures)> {
    let (mut best_native, mut best_plugin) = (None, None);
    for _ in 0..rounds {
        let figures = Server::native(native)?.measure(tool, window, calls)?;
        Figures::keep_better(&mut best_native, figures);
        let figures = Server::plugin(plugin)?.measure(tool, window, calls)?;
        Figures::keep_better(&mut best_plugin, figures);
    }
    best_native.zip(best_plugin).ok_or_else(|| anyhow::anyhow!("no round was run"))
}
