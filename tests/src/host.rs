//! A data directory and the guest that is served on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Client;

/// The host on a data directory of its own, which goes with the last client of it.
#[derive(Debug)]
pub struct Host {
    program: PathBuf,
    dir: Arc<TempDir>,
    /// What is served; the built-in orchestrator if there is none.
    plugin: Option<PathBuf>,
}

impl Host {
    pub(crate) fn new(program: &Path, plugin: Option<&Path>) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("mainstay-").tempdir()?;
        Ok(Self { program: program.to_owned(), dir: Arc::new(dir), plugin: plugin.map(Path::to_owned) })
    }

    /// Settings that differ from the defaults.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn with_settings(self, toml: &str) -> anyhow::Result<Self> {
        fs::write(self.dir().join("mainstay.toml"), toml)?;
        Ok(self)
    }

    /// From now on serves this component on the same data.
    #[must_use]
    pub fn with_plugin(mut self, component: &str) -> Self {
        self.plugin = Some(component.into());
        self
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The plugin's SQLite file.
    pub fn database(&self) -> PathBuf {
        self.dir().join("slots/guest.sqlite")
    }

    /// The program with its options, up to the subcommand.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data-dir").arg(self.dir()).env_remove("MAINSTAY_CONFIG").env_remove("MAINSTAY_LOG");
        if let Some(plugin) = &self.plugin {
            command.arg("--plugin").arg(format!("guest={}", plugin.display()));
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
