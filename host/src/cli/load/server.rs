//! The real server, as a child process.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

use anyhow::Context as _;
use rmcp::model::{CallToolResult, ReadResourceRequestParams, ResourceContents};
use rmcp::{Peer, RoleClient, ServiceExt as _};
use serde_json::Value;
use tokio::process::{Child, Command};

use super::super::client::{self, Client};
use super::process::resident_kib;

/// A server and a client connected to it over pipes.
pub(in crate::cli) struct Server {
    child: Child,
    client: Client,
}

impl Server {
    /// Starts this very program as a host of `data_dir`. `more` is said on its command line besides.
    pub(in crate::cli) async fn start(data_dir: &Path, who: &str, more: &[OsString]) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("could not find this program")?;
        let mut child = Command::new(program)
            .arg("--data-dir")
            .arg(data_dir)
            .args(more)
            .arg("serve")
            .current_dir(data_dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("could not start the server")?;
        let (stdout, stdin) = (child.stdout.take().context("no pipe")?, child.stdin.take().context("no pipe")?);
        let client = client::identity(who).serve((stdout, stdin)).await.context("could not connect")?;
        Ok(Self { child, client })
    }

    pub(in crate::cli) fn process(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// For calls beside those of whoever holds this.
    pub(super) fn peer(&self) -> Peer<RoleClient> {
        self.client.peer().clone()
    }

    pub(in crate::cli) fn who(&self) -> String {
        let info = self.client.peer_info();
        let name =
            info.and_then(|info| info.server_info.clone()).map(|server| format!("{} {}", server.name, server.version));
        name.unwrap_or_else(|| "a server".to_owned())
    }

    /// Calls a tool; its error is ours.
    pub(in crate::cli) async fn call(&self, tool: &str, arguments: Value) -> anyhow::Result<Value> {
        let result = self.try_call(tool, arguments).await?;
        anyhow::ensure!(result.is_error != Some(true), "{tool}: {}", client::text(&result));
        Ok(result.structured_content.unwrap_or_default())
    }

    /// Calls a tool, for an answer or an error of its own.
    pub(in crate::cli) async fn try_call(&self, tool: &str, arguments: Value) -> anyhow::Result<CallToolResult> {
        let Value::Object(arguments) = arguments else { anyhow::bail!("arguments are an object") };
        client::call(&self.client, tool, arguments).await
    }

    /// The names of the tools it lists.
    pub(in crate::cli) async fn tools(&self) -> anyhow::Result<HashSet<String>> {
        let listed = self.client.list_all_tools().await?;
        Ok(listed.into_iter().map(|tool| tool.name.into_owned()).collect())
    }

    /// The text of a resource.
    pub(in crate::cli) async fn read(&self, uri: &str) -> anyhow::Result<String> {
        let read = self.client.read_resource(ReadResourceRequestParams::new(uri)).await?;
        let texts = read.contents.into_iter().filter_map(|contents| match contents {
            ResourceContents::TextResourceContents { text, .. } => Some(text),
            _ => None,
        });
        Ok(texts.collect())
    }

    /// Resident memory of the process, in KiB; none where the system does not tell.
    pub(in crate::cli) fn resident_kib(&self) -> Option<u64> {
        resident_kib(self.process())
    }

    /// SIGKILL: no destructor, no signal handler, no goodbye.
    pub(in crate::cli) async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("could not kill the server")?;
        // What is left of the connection says so, and may be cancelled or not.
        drop(self.client.cancel().await);
        Ok(())
    }

    /// Closes standard input, as a client that leaves does.
    pub(in crate::cli) async fn leave(mut self) -> anyhow::Result<()> {
        drop(self.client.cancel().await);
        self.child.wait().await.context("the server did not end")?;
        Ok(())
    }
}
