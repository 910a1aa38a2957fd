//! The command line: one file a subcommand. Data goes to standard output, everything else to standard error.

mod bench;
mod call;
mod check;
mod client;
mod compile;
mod demo;
mod exit_code;
mod history;
mod host;
mod load;
mod progress;
mod report;
mod rollback;
mod serve;
mod status;
mod swap;
mod table;
mod time;
mod tools;

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use self::exit_code::{Failure, WrongUsage};
use crate::app::Options;
use crate::model::SlotName;

/// An MCP server whose logic can be replaced while its clients stay connected.
#[derive(Debug, Parser)]
#[command(name = "mainstay", version, after_help = exit_code::HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct Global {
    /// Where data is kept [default: the platform's data directory]
    #[arg(long, global = true, env = "MAINSTAY_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Settings that differ from the defaults [default: mainstay.toml in the data directory]
    #[arg(long, global = true, env = "MAINSTAY_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Serve this component in that slot, and each new version of the file; once for every slot [default: what is in
    /// the data directory's folder plugins, and the built-in orchestrator]
    #[arg(long = "plugin", global = true, value_name = "SLOT=FILE", value_parser = parse_plugin)]
    plugins: Vec<(SlotName, PathBuf)>,
    /// What to log to standard error, as tracing's EnvFilter has it
    #[arg(long, global = true, env = "MAINSTAY_LOG", value_name = "FILTER", default_value = "warn")]
    log: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Call(call::Call),
    Check(check::Check),
    Tools(tools::Tools),
    Swap(swap::Swap),
    Rollback(rollback::Rollback),
    Status(status::Status),
    History(history::History),
    Bench(bench::Bench),
    #[command(hide = true, name = crate::plugin::COMPILE_COMMAND)]
    Compile(compile::Compile),
}

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Reads FAILPOINTS, in builds for tests only.
    let _held = fail::has_failpoints().then(fail::FailScenario::setup);
    // rmcp tells of every notification at INFO and calls a client that leaves an error.
    let filter = EnvFilter::try_new(format!("{},rmcp=off", cli.global.log)).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_target(false)
        .init();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !Failure::was_said(&error) {
                write_error(&crate::model::chain(error.as_ref()));
            }
            Failure::of(&error).code()
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let options = Options { data_dir: cli.global.data_dir, config: cli.global.config, plugins: cli.global.plugins };
    let mut slots = HashSet::new();
    if let Some((slot, _)) = options.plugins.iter().find(|(slot, _)| !slots.insert(slot)) {
        return Err(WrongUsage(format!("slot {slot} is given two files with --plugin: name one")).into());
    }
    match cli.command {
        Command::Serve(serve) => serve.run(&options),
        Command::Demo(demo) => demo.run(),
        Command::Call(call) => call.run(&options),
        Command::Check(check) => check.run(&options),
        Command::Tools(tools) => tools.run(&options),
        Command::Swap(swap) => swap.run(&options),
        Command::Rollback(rollback) => rollback.run(&options),
        Command::Status(status) => status.run(&options),
        Command::History(history) => history.run(&options),
        Command::Bench(bench) => bench.run(),
        Command::Compile(compile) => compile.run(),
    }
}

#[expect(clippy::print_stderr, reason = "the command line's own words")]
fn write_error(error: &str) {
    eprintln!("error: {error}");
}

fn parse_plugin(text: &str) -> Result<(SlotName, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("say which slot: SLOT=FILE, such as orchestrator=new.wasm")?;
    let name = name.parse::<SlotName>().map_err(|error| error.to_string())?;
    Ok((name, path.into()))
}

/// One thread for the protocol: a process serves one client, and what takes time has threads of its own.
/// Does not wait for threads that read standard input.
fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(future);
    runtime.shutdown_background();
    result
}

#[cfg(test)]
mod tests;
