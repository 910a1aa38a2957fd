//! What serving over HTTP costs, beside rmcp's own server: `cargo bench --bench http`.
//!
//! It is `mainstay bench http`; its help says what is measured. What follows `--` is handed on, such as `--quick`,
//! `--clients 1,1000` or `--soak 3600`.

use std::process::{Command, ExitCode};

fn main() -> std::io::Result<ExitCode> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mainstay"));
    command.args(["bench", "http"]);
    // `cargo test` runs benches too, to see that they still work; it wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        command.args(["--clients", "1,2", "--calls", "4", "--swaps", "1"]);
    }
    command.args(std::env::args().skip(1).filter(|argument| argument != "--bench"));
    let ended = command.status()?;
    Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
