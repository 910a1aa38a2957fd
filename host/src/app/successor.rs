//! The program on disk, which may take the place of this one.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::Options;

/// How long it may take to say that it can.
const PATIENCE: Duration = Duration::from_secs(30);

/// Its words are shortened to this.
const WORDS: usize = 500;

/// The name of the command that answers for it.
pub(crate) const COMMAND: &str = "can-take-over";

/// What a program says of itself that can take over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Successor {
    pub(crate) version: String,
    /// The [format](super::handover::FORMAT) that it understands.
    pub(crate) handover: u32,
}

/// Where this program was started from. Asked for at the start: a file that is replaced later has the same name.
pub(crate) fn program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(|| std::env::current_exe().ok()).as_deref()
}

/// Asks the program on disk whether it can take over with these options. Nothing changes.
///
/// # Errors
/// What is in the way, in words.
pub(crate) async fn successor(options: &Options) -> Result<Successor, String> {
    let program = program().ok_or("the system does not say where this program is")?;
    let mut command = Command::new(program);
    command.args(options.arguments()).arg(COMMAND).stdin(Stdio::null()).kill_on_drop(true);
    let answered = tokio::time::timeout(PATIENCE, command.output()).await;
    let answered =
        answered.map_err(|_| format!("{} does not answer in {} s", program.display(), PATIENCE.as_secs()))?;
    let answered = answered.map_err(|error| format!("{} does not start: {error}", program.display()))?;
    if !answered.status.success() {
        let words = String::from_utf8_lossy(&answered.stderr);
        let words: String = words.trim().chars().take(WORDS).collect();
        return Err(format!("{} cannot take over ({}): {words}", program.display(), answered.status));
    }
    let said = serde_json::from_slice::<Successor>(&answered.stdout);
    let said = said.map_err(|_| format!("{} is no program that can take over", program.display()))?;
    if said.handover != super::handover::FORMAT {
        let (theirs, ours) = (said.handover, super::handover::FORMAT);
        return Err(format!("{} takes over format {theirs}, and this one hands over {ours}", program.display()));
    }
    Ok(said)
}
