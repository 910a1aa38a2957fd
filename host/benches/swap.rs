//! What a swap costs those who call meanwhile: `cargo bench --bench swap`.
//!
//! It is `mainstay bench swap`, with a component of 200 KB besides; its help says what is measured. What follows `--` is
//! handed on, such as `--quick` or `--json`. Builds for `cargo bench` have the points at which tests stop a swap; the
//! program that is released has none, so its figures are the ones to quote.

use std::process::{Command, ExitCode};

fn main() -> std::io::Result<ExitCode> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mainstay"));
    command.args(["bench", "swap", "--component", mainstay_tests::guests::ECHO]);
    // `cargo test` runs benches too, to see that they still work; it wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        command.args(["--quick", "--swaps", "3", "--memory-swaps", "3"]);
    }
    command.args(std::env::args().skip(1).filter(|argument| argument != "--bench"));
    let ended = command.status()?;
    Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
