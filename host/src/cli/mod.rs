//! The command line: one file a subcommand. Data goes to standard output, everything else to standard error.

mod answer;
mod backup;
mod bench;
mod call;
mod can_take_over;
mod check;
mod client;
mod compile;
mod config;
mod demo;
mod exit_code;
mod export;
mod health;
mod history;
mod host;
mod import;
mod load;
mod log;
mod operator;
mod prepare;
mod progress;
mod report;
mod restart;
mod restart_host;
mod rollback;
mod serve;
mod snapshot;
mod status;
mod swap;
mod table;
mod time;
mod token;
mod tools;

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use self::exit_code::{Failure, WrongUsage};
use crate::app::{Log, Options};
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
#[command(next_help_heading = "Options of every command")]
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
    /// A setting, such as swap.policy=append; overlays the file and the environment. May be given more than once
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// What to log to standard error, as tracing's EnvFilter has it: the setting log.filter, or MAINSTAY_LOG
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
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
    Restart(restart::Restart),
    Prepare(prepare::Prepare),
    Health(health::Health),
    Status(status::Status),
    History(history::History),
    Backup(backup::Backup),
    Snapshot(snapshot::Snapshot),
    Export(export::Export),
    Import(import::Import),
    Token(token::Token),
    Config(config::Config),
    Bench(bench::Bench),
    #[command(hide = true, name = crate::plugin::COMPILE_COMMAND)]
    Compile(compile::Compile),
    #[command(hide = true, name = crate::app::SUCCESSOR_COMMAND)]
    CanTakeOver(can_take_over::CanTakeOver),
}

/// The command line, if it is one; else says what is wrong with it and ends. Every command's help has the exit codes.
fn parse() -> Cli {
    let command = Cli::command().mut_subcommands(|subcommand| subcommand.after_help(exit_code::HELP));
    Cli::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
}

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    let cli = parse();
    // Reads FAILPOINTS, in builds for tests only.
    let _held = fail::has_failpoints().then(fail::FailScenario::setup);
    let log = log::start(cli.global.log.as_deref());
    match run(cli, log) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !Failure::was_said(&error) {
                write_error(&crate::model::chain(error.as_ref()));
            }
            Failure::of(&error).code()
        }
    }
}

fn run(cli: Cli, log: Log) -> anyhow::Result<()> {
    let Global { data_dir, config, plugins, set, log: filter } = cli.global;
    let options = Options { data_dir, config, set, filter, log: Some(log), plugins };
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
        Command::Restart(restart) => restart.run(&options),
        Command::Prepare(prepare) => prepare.run(&options),
        Command::Health(health) => health.run(&options),
        Command::Status(status) => status.run(&options),
        Command::History(history) => history.run(&options),
        Command::Backup(backup) => backup.run(&options),
        Command::Snapshot(snapshot) => snapshot.run(&options),
        Command::Export(export) => export.run(&options),
        Command::Import(import) => import.run(&options),
        Command::Token(token) => token.run(&options),
        Command::Config(config) => config.run(&options),
        Command::Bench(bench) => bench.run(),
        Command::Compile(compile) => compile.run(),
        Command::CanTakeOver(asked) => asked.run(&options),
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
