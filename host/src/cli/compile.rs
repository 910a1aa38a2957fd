//! The child process that compiles a component; not for people.

use crate::plugin::compile_stdin_to_stdout;

/// Compile a component from standard input to standard output
#[derive(Debug, clap::Args)]
pub(super) struct Compile {
    /// Processor seconds it may take
    #[arg(long)]
    seconds: u64,
    /// Address space it may use
    #[arg(long)]
    memory_bytes: u64,
}

impl Compile {
    pub(super) fn run(self) -> anyhow::Result<()> {
        compile_stdin_to_stdout(self.seconds, self.memory_bytes)
    }
}
