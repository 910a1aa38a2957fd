//! What the orchestrator's tools take with few tasks and with many: `cargo bench --bench tasks`.
//!
//! It is `mainstay bench tasks`; its help says what is measured. What follows `--` is handed on, such as `--quick` or
//! `--tasks 1000,100000`.

use std::process::{Command, ExitCode};

fn main() -> std::io::Result<ExitCode> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mainstay"));
    command.args(["bench", "tasks"]);
    // `cargo test` runs benches too, to see that they still work; it wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        command.args(["--tasks", "500", "--calls", "2"]);
    }
    command.args(std::env::args().skip(1).filter(|argument| argument != "--bench"));
    let ended = command.status()?;
    Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
