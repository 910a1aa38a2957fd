//! The built program, and what it has compiled already.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::host::{Host, SLOT};

/// No run takes as long.
const OLD: Duration = Duration::from_secs(3_600);

/// Each guest, or the built-in orchestrator, and whether it has been compiled in this run.
type Compiled = HashMap<Option<String>, Arc<OnceLock<()>>>;

/// The program under test.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    pub path: &'static str,
    /// A folder that outlives the run.
    pub scratch: &'static str,
}

impl Program {
    /// Serves a guest that is compiled once for all tests.
    ///
    /// # Errors
    /// If it cannot be compiled.
    pub fn host(&self, guest: &str) -> anyhow::Result<Host> {
        self.cold_host(guest)?.knowing(&[guest])
    }

    /// Serves guests, each in a slot of its own.
    ///
    /// # Errors
    /// If one cannot be compiled.
    pub fn host_of(&self, slots: &[(&str, &str)]) -> anyhow::Result<Host> {
        let guests: Vec<_> = slots.iter().map(|(_, guest)| *guest).collect();
        let host = slots.iter().fold(Host::new(*self)?, |host, (slot, guest)| host.with_slot(slot, guest));
        host.knowing(&guests)
    }

    /// Serves the built-in orchestrator, compiled once for all tests. Its answers are for programs as well.
    ///
    /// # Errors
    /// If it cannot be compiled.
    pub fn orchestrator(&self) -> anyhow::Result<Host> {
        let host = Host::new(*self)?.with_set("plugins.orchestrator.config.answers=\"both\"");
        self.compile(None)?;
        self.share_compiled(host.dir())?;
        Ok(host)
    }

    /// Serves a file that is not expected to be a good plugin.
    ///
    /// # Errors
    /// If there is no place for its data.
    pub fn cold_host(&self, file: &str) -> anyhow::Result<Host> {
        Ok(Host::new(*self)?.with_plugin(file))
    }

    /// Compiles a guest, or the built-in orchestrator, if nobody has in this run.
    pub(crate) fn compile(&self, guest: Option<&str>) -> anyhow::Result<()> {
        static COMPILED: Mutex<Option<Compiled>> = Mutex::new(None);
        let once = {
            let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
            let compiled = compiled.get_or_insert_default();
            Arc::clone(compiled.entry(guest.map(str::to_owned)).or_default())
        };
        let mut result = Ok(());
        once.get_or_init(|| result = self.list_tools(guest));
        result
    }

    /// Gives `dir` what has been compiled so far, and the key under which it is trusted.
    pub(crate) fn share_compiled(&self, dir: &Path) -> anyhow::Result<()> {
        let (template, cache) = (self.template()?, dir.join("cache"));
        fs::copy(template.join("key"), dir.join("key"))?;
        fs::create_dir_all(&cache)?;
        for file in fs::read_dir(template.join("cache"))? {
            let from = file?.path();
            let to = cache.join(from.file_name().context("a file without a name")?);
            // Files of a cache are put in place whole and never change.
            let is_whole = from.extension().is_some_and(|extension| extension == "cwasm" || extension == "surface");
            if is_whole && !to.exists() {
                fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop))?;
            }
        }
        Ok(())
    }

    /// Listing the tools compiles what is not in the cache, and opens no data.
    fn list_tools(&self, guest: Option<&str>) -> anyhow::Result<()> {
        let mut command = Command::new(self.path);
        command.arg("--data-dir").arg(self.template()?);
        if let Some(guest) = guest {
            command.arg("--plugin").arg(format!("{SLOT}={guest}"));
        }
        let listed = command.arg("tools").output()?;
        ensure!(listed.status.success(), "{guest:?} does not load: {}", String::from_utf8_lossy(&listed.stderr));
        Ok(())
    }

    /// A data directory for this very build of the program. Old ones of other builds go.
    fn template(&self) -> anyhow::Result<PathBuf> {
        static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
        if let Some(template) = TEMPLATE.get() {
            return Ok(template.clone());
        }
        let program = fs::metadata(self.path)?;
        let built = program.modified()?.duration_since(std::time::UNIX_EPOCH)?.as_nanos();
        let name = format!("compiled-{}-{built}", program.len());
        for other in fs::read_dir(self.scratch)?.filter_map(Result::ok) {
            let ours = other.file_name().to_string_lossy().starts_with("compiled-") && other.file_name() != *name;
            let age = other.metadata().and_then(|file| file.modified()).ok().and_then(|time| time.elapsed().ok());
            // A run of another build may be using it yet, or somebody else may be removing it too.
            if ours && age.is_some_and(|age| age > OLD) {
                drop(fs::remove_dir_all(other.path()));
            }
        }
        Ok(TEMPLATE.get_or_init(|| Path::new(self.scratch).join(name)).clone())
    }
}
