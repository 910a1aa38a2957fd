//! The command line: one file a subcommand. Data goes to standard output, everything else to standard error.

mod call;
mod check;
mod client;
mod compile;
mod demo;
mod exit_code;
mod serve;
mod table;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use self::exit_code::Failure;
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
    /// Serve this component in place of the built-in orchestrator
    #[arg(long, global = true, value_name = "SLOT=FILE", value_parser = parse_plugin)]
    plugin: Option<(SlotName, PathBuf)>,
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
    #[command(hide = true, name = crate::plugin::COMPILE_COMMAND)]
    Compile(compile::Compile),
}

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // rmcp tells of every notification at INFO and calls a client that leaves an error.
    let filter = EnvFilter::try_new(format!("{},rmcp=off", cli.global.log)).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_target(false)
        .init();
    let options = Options { data_dir: cli.global.data_dir, config: cli.global.config, plugins: cli.global.plugin.into_iter().collect() };
    let result = match cli.command {
        Command::Serve(serve) => serve.run(&options),
        Command::Demo(demo) => demo.run(),
        Command::Call(call) => call.run(&options),
        Command::Check(check) => check.run(&options),
        Command::Tools(tools) => tools.run(&options),
        Command::Compile(compile) => compile.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let failure = Failure::of(&error);
            if !failure.was_said(&error) {
                write_error(&error);
            }
            failure.code()
        }
    }
}

#[expect(clippy::print_stderr, reason = "the command line's own words")]
fn write_error(error: &anyhow::Error) {
    let chain = crate::model::chain(error.as_ref());
    eprintln!("error: {chain}");
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
