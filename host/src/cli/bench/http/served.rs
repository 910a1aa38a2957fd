//! The servers that are measured, as child processes that serve over HTTP.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::super::super::load::{open_files, resident_kib};

/// Nothing takes as long.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the host says on standard error when it can be connected to.
const LISTENS: &str = "listening at http://";
/// Its last lines are said if it fails.
const LINES: usize = 20;

/// A server that can be connected to. Ends with this process, whose pipe it watches.
pub(super) struct Served {
    child: Child,
    address: SocketAddr,
    said: Said,
}

/// What a server said last.
type Said = Arc<Mutex<VecDeque<String>>>;

impl Served {
    /// This very program as a host of `data_dir`. All clients come from one address, so none may be too many.
    pub(super) async fn host(data_dir: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe().context("could not find this program")?);
        command.arg("--data-dir").arg(data_dir).args(["--set", "http.requests_per_second=0"]);
        command.args(["--log", "warn,mainstay=info", "serve", "--http", "127.0.0.1:0", "--stdio"]);
        command.current_dir(data_dir).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.stdin(Stdio::piped()).kill_on_drop(true).spawn().context("could not start the host")?;
        let mut lines = BufReader::new(child.stderr.take().context("no pipe")?).lines();
        let said = Said::default();
        let address = async {
            while let Some(line) = lines.next_line().await? {
                let address = line.split_once(LISTENS).and_then(|(_, rest)| rest.split_once("/mcp"));
                if let Some((address, _)) = address {
                    return anyhow::Ok(address.parse::<SocketAddr>()?);
                }
                keep(&said, line);
            }
            anyhow::bail!("the host does not listen: {}", words(&said))
        };
        let address = timeout(PATIENCE, address).await.context("the host does not listen")??;
        let kept = Arc::clone(&said);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                keep(&kept, line);
            }
        });
        Ok(Self { child, address, said })
    }

    /// rmcp's own server, with a tool that answers everything with `answer`.
    pub(super) async fn native(answer: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe().context("could not find this program")?);
        command
            .args(["--log", "warn", "bench", "http", "--native"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().context("could not start the server")?;
        let line = format!("{}\n", serde_json::to_string(answer)?);
        child.stdin.as_mut().context("no pipe")?.write_all(line.as_bytes()).await?;
        let mut lines = BufReader::new(child.stdout.take().context("no pipe")?).lines();
        let address = timeout(PATIENCE, lines.next_line()).await.context("the server does not listen")??;
        let address = address.context("the server does not listen")?.parse()?;
        Ok(Self { child, address, said: Said::default() })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn resident_kib(&self) -> Option<u64> {
        resident_kib(self.child.id()?)
    }

    pub(super) fn open_files(&self) -> Option<u64> {
        open_files(self.child.id()?)
    }

    /// What it said last, beside an error.
    pub(super) fn words(&self) -> String {
        words(&self.said)
    }

    /// Closes its standard input, and waits for it to end.
    pub(super) async fn end(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        let ended = timeout(PATIENCE, self.child.wait()).await.context("a server does not end")??;
        anyhow::ensure!(ended.success(), "a server failed: {}", self.words());
        Ok(())
    }
}

fn keep(said: &Said, line: String) {
    let mut said = said.lock();
    if said.len() == LINES {
        said.pop_front();
    }
    said.push_back(line);
}

fn words(said: &Said) -> String {
    said.lock().iter().map(String::as_str).collect::<Vec<_>>().join("\n")
}
