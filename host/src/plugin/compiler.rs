//! Compiling a component where it can do no harm: in a child process with limits.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::engine::Engine;
use crate::config::CompileSettings;

/// The subcommand that compiles; not for people.
pub const COMPILE_COMMAND: &str = "compile-component";

/// Compiles components in child processes of this program.
#[derive(Debug, Clone)]
pub struct Compiler {
    program: PathBuf,
    settings: CompileSettings,
}

/// Why a component was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    #[error("the component has {found} bytes, allowed are {limit}")]
    TooLarge { found: usize, limit: usize },
    #[error("could not run {} to compile", program.display())]
    Spawn { program: PathBuf, source: std::io::Error },
    #[error("compiling took longer than {seconds} s or more memory than allowed, and was stopped")]
    Stopped { seconds: u64 },
    #[error("{0}")]
    Refused(String),
}

impl Compiler {
    /// Runs `program`, which is this executable or another build of it.
    pub fn new(program: PathBuf, settings: CompileSettings) -> Self {
        Self { program, settings }
    }

    /// The compiled form of `component`. Blocks for as long as that takes.
    ///
    /// # Errors
    /// If the component is invalid, or exceeds a limit.
    pub fn compile(&self, component: &[u8]) -> Result<Vec<u8>, CompileError> {
        let limit = self.settings.component_bytes;
        if component.len() > limit {
            return Err(CompileError::TooLarge { found: component.len(), limit });
        }
        let spawn_failed = |source| CompileError::Spawn { program: self.program.clone(), source };
        let mut child = Command::new(&self.program)
            .arg(COMPILE_COMMAND)
            .args(["--seconds", &self.settings.seconds.to_string()])
            .args(["--memory-bytes", &self.settings.memory_bytes.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(spawn_failed)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut stdin), Some(mut stdout), Some(mut stderr)) = pipes else {
            return Err(spawn_failed(std::io::Error::other("no pipes")));
        };
        // Wall time, because a child that waits uses no processor time.
        let until = Instant::now() + Duration::from_secs(self.settings.seconds.saturating_mul(2));
        thread::scope(|scope| {
            // A child that has died stops reading; its exit status says why.
            scope.spawn(move || drop(stdin.write_all(component)));
            let compiled = scope.spawn(move || {
                let mut compiled = Vec::new();
                stdout.read_to_end(&mut compiled).map(|_| compiled)
            });
            let complaint = scope.spawn(move || {
                let mut complaint = String::new();
                stderr.read_to_string(&mut complaint).map(|_| complaint)
            });
            let status = loop {
                match child.try_wait().map_err(spawn_failed)? {
                    Some(status) => break status,
                    None if Instant::now() > until => {
                        // It may have ended this very moment; the wait tells.
                        drop(child.kill());
                        break child.wait().map_err(spawn_failed)?;
                    }
                    None => thread::sleep(Duration::from_millis(2)),
                }
            };
            let compiled = compiled.join().ok().and_then(Result::ok).unwrap_or_default();
            let complaint = complaint.join().ok().and_then(Result::ok).unwrap_or_default();
            match status.code() {
                Some(0) => Ok(compiled),
                Some(_) if !complaint.trim().is_empty() => Err(CompileError::Refused(complaint.trim().to_owned())),
                _ => Err(CompileError::Stopped { seconds: self.settings.seconds }),
            }
        })
    }
}

/// The child's part: reads a component from standard input, writes its compiled form to standard output.
///
/// # Errors
/// If the limits cannot be set, or the component is invalid.
pub fn compile_stdin_to_stdout(seconds: u64, memory_bytes: u64) -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        rlimit::Resource::CPU.set(seconds, seconds)?;
        rlimit::Resource::AS.set(memory_bytes, memory_bytes)?;
        // A compiler writes no files.
        rlimit::Resource::FSIZE.set(0, 0)?;
        rlimit::Resource::CORE.set(0, 0)?;
    }
    #[cfg(not(unix))]
    let _ = (seconds, memory_bytes);
    let mut component = Vec::new();
    std::io::stdin().lock().read_to_end(&mut component)?;
    let compiled = Engine::new()?.wasmtime().precompile_component(&component)?;
    std::io::stdout().lock().write_all(&compiled)?;
    Ok(())
}
