//! A data directory and the guests that are served on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Client;
use crate::program::Program;

/// The slot of a guest that is served alone.
pub(crate) const SLOT: &str = "guest";

/// The steps of a swap at which it can be held or failed, in order.
pub const STEPS: [&str; 12] = [
    "load",
    "shadow",
    "self-test",
    "replay",
    "quiesce",
    "export",
    "import",
    "migrate",
    "start",
    "record",
    "commit",
    "committed",
];

/// The variable that says that every entry of every host is to have a fresh instance.
pub const FRESH_INSTANCES: &str = "MAINSTAY_TEST_FRESH_INSTANCES";

/// The host on a data directory of its own, which goes with the last client of it.
#[derive(Debug)]
pub struct Host {
    program: Program,
    dir: Arc<TempDir>,
    /// What is served: slot and file. What is in the data directory, or built in, if there is none.
    plugins: Vec<(String, PathBuf)>,
    /// A copy of the program that is run instead of it.
    copy: Option<PathBuf>,
    /// Where its keys are, if not in the data directory.
    key_file: Option<PathBuf>,
    /// Settings that are said on the command line.
    set: Vec<String>,
}

impl Host {
    pub(crate) fn new(program: Program) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("mainstay-").tempdir()?;
        let host =
            Self { program, dir: Arc::new(dir), plugins: Vec::new(), copy: None, key_file: None, set: Vec::new() };
        if fresh_instances() { host.with_settings("") } else { Ok(host) }
    }

    /// Settings that differ from the defaults.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn with_settings(self, toml: &str) -> anyhow::Result<Self> {
        const FRESH: &str = "fresh_instances = true";
        let toml = match fresh_instances() && !toml.contains(FRESH) {
            false => toml.to_owned(),
            // A table has one place.
            true if toml.contains("[entry]\n") => toml.replacen("[entry]\n", &format!("[entry]\n{FRESH}\n"), 1),
            true => format!("{toml}\n[entry]\n{FRESH}\n"),
        };
        fs::write(self.dir().join("mainstay.toml"), toml)?;
        Ok(self)
    }

    /// From now on serves this component on the same data.
    #[must_use]
    pub fn with_plugin(self, component: &str) -> Self {
        self.with_slot(SLOT, component)
    }

    /// From now on serves this component in that slot.
    #[must_use]
    pub fn with_slot(mut self, slot: &str, component: impl AsRef<Path>) -> Self {
        self.plugins.retain(|(known, _)| known != slot);
        self.plugins.push((slot.to_owned(), component.as_ref().to_owned()));
        self
    }

    /// From now on serves what is in the data directory, and what is built in.
    ///
    /// # Errors
    /// If what is built in cannot be compiled.
    pub fn without_plugins(mut self) -> anyhow::Result<Self> {
        self.plugins.clear();
        self.program.compile(None)?;
        self.program.share_compiled(self.dir())?;
        Ok(self)
    }

    /// From now on with that setting, `key=value`, whatever the file says.
    #[must_use]
    pub fn with_set(mut self, set: &str) -> Self {
        self.set.push(set.to_owned());
        self
    }

    /// From now on runs that copy of the program.
    #[must_use]
    pub fn with_program(mut self, path: PathBuf) -> Self {
        self.copy = Some(path);
        self
    }

    /// From now on has its keys in that file.
    #[must_use]
    pub fn with_key_file(mut self, file: PathBuf) -> Self {
        self.key_file = Some(file);
        self
    }

    /// Has these guests compiled, so that a swap to one of them takes no time.
    ///
    /// # Errors
    /// If one cannot be compiled.
    pub fn knowing(self, guests: &[&str]) -> anyhow::Result<Self> {
        for guest in guests {
            self.program.compile(Some(guest))?;
        }
        self.program.share_compiled(self.dir())?;
        Ok(self)
    }

    /// From now on each swap is held at that step, such as `commit`, until it is released.
    ///
    /// # Errors
    /// If the order cannot be written.
    pub fn hold(&self, step: &str) -> anyhow::Result<()> {
        Ok(fs::write(self.order_at(step)?, "hold")?)
    }

    /// From now on each swap fails at that step.
    ///
    /// # Errors
    /// If the order cannot be written.
    pub fn fail(&self, step: &str) -> anyhow::Result<()> {
        Ok(fs::write(self.order_at(step)?, "fail")?)
    }

    /// Lets swaps go through that step again, those that are held there too.
    ///
    /// # Errors
    /// If there was no order.
    pub fn release(&self, step: &str) -> anyhow::Result<()> {
        fs::remove_file(self.order_at(step)?).with_context(|| format!("nothing was to happen at {step}"))
    }

    /// What a swap looks at when it comes to that step.
    fn order_at(&self, step: &str) -> anyhow::Result<PathBuf> {
        ensure!(STEPS.contains(&step), "no swap comes to {step}");
        Ok(self.dir().join(format!("order-at-{step}")))
    }

    /// The data directory, for as long as somebody has this.
    pub(crate) fn data(&self) -> Arc<TempDir> {
        Arc::clone(&self.dir)
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The plugin's SQLite file.
    pub fn database(&self) -> PathBuf {
        self.database_of(SLOT)
    }

    /// The SQLite file of the plugin in that slot.
    pub fn database_of(&self, slot: &str) -> PathBuf {
        self.dir().join(format!("slots/{slot}.sqlite"))
    }

    /// Where a component is dropped in to be served.
    pub fn plugin_file(&self, slot: &str) -> PathBuf {
        self.dir().join(format!("plugins/{slot}.wasm"))
    }

    /// The program with its options, up to the subcommand.
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.copy.as_deref().unwrap_or(Path::new(self.program.path)));
        command.arg("--data-dir").arg(self.dir()).env_remove("MAINSTAY_CONFIG").env_remove("MAINSTAY_LOG");
        command.env_remove("MAINSTAY_KEY_FILE");
        if let Some(file) = &self.key_file {
            command.env("MAINSTAY_KEY_FILE", file);
        }
        let orders = STEPS.map(|step| format!("swap::{step}=return({}/order-at-{step})", self.dir().display()));
        command.env("FAILPOINTS", orders.join(";"));
        for set in &self.set {
            command.args(["--set", set]);
        }
        for (slot, plugin) in &self.plugins {
            command.arg("--plugin").arg(format!("{slot}={}", plugin.display()));
        }
        command
    }

    /// Runs a subcommand to its end.
    ///
    /// # Errors
    /// If it does not start.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        self.command().args(arguments).output().context("the program does not start")
    }

    /// Starts the server; nothing has been said yet.
    ///
    /// # Errors
    /// If it does not start.
    pub fn connect(&self) -> anyhow::Result<Client> {
        self.connect_saying("warn")
    }

    /// Starts the server with this log filter.
    ///
    /// # Errors
    /// If it does not start.
    pub fn connect_saying(&self, log: &str) -> anyhow::Result<Client> {
        Client::start(self.command().args(["--log", log, "serve"]), Arc::clone(&self.dir))
    }

    /// Starts the server with these options; it logs what the settings say.
    ///
    /// # Errors
    /// If it does not start.
    pub fn connect_with(&self, options: &[&str]) -> anyhow::Result<Client> {
        Client::start(self.command().args(options).arg("serve"), Arc::clone(&self.dir))
    }

    /// A client of 2025-11-25 of a server whose files cannot grow beyond so many KiB, as on a full disk.
    ///
    /// # Errors
    /// If the server does not agree.
    pub fn client_on_small_disk(&self, kib: u32) -> anyhow::Result<Client> {
        let plain = self.command();
        let mut command = Command::new("bash");
        // Without the trap the system would end the process at the limit.
        command.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {kib}; exec \"$@\"")).arg("bash");
        command.arg(plain.get_program()).args(plain.get_args()).arg("serve");
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut client = Client::start(&mut command, Arc::clone(&self.dir))?;
        client.initialize("2025-11-25", &json!({}))?;
        Ok(client)
    }

    /// A client of 2025-11-25 that can do nothing but call.
    ///
    /// # Errors
    /// If the server does not agree.
    pub fn client(&self) -> anyhow::Result<Client> {
        self.client_with(&json!({}))
    }

    /// A client of 2025-11-25.
    ///
    /// # Errors
    /// If the server does not agree.
    pub fn client_with(&self, capabilities: &Value) -> anyhow::Result<Client> {
        let mut client = self.connect()?;
        client.initialize("2025-11-25", capabilities)?;
        Ok(client)
    }

    /// A client of 2026-07-28.
    ///
    /// # Errors
    /// If the server does not start.
    pub fn modern_client(&self, capabilities: &Value) -> anyhow::Result<Client> {
        let mut client = self.connect()?;
        client.be_modern(capabilities);
        Ok(client)
    }
}

fn fresh_instances() -> bool {
    std::env::var_os(FRESH_INSTANCES).is_some()
}
