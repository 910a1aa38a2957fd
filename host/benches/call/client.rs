//! A client that measures: raw lines over pipes, no SDK on this side.

use std::fmt;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::native;

/// A server process with an initialised session.
pub(crate) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    next: u64,
}

/// Of one round.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    p99: Duration,
}

impl Server {
    pub(crate) fn native(dir: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.env(native::ASKED, dir.join("native.sqlite"));
        let mut server = Self::spawn(&mut command)?;
        server.initialize()?;
        Ok(server)
    }

    pub(crate) fn plugin(dir: &Path) -> anyhow::Result<Self> {
        let mut server = Self::spawn(&mut Self::plugin_command(dir))?;
        server.initialize()?;
        Ok(server)
    }

    pub(crate) fn plugin_command(dir: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mainstay"));
        command.arg("--data-dir").arg(dir).arg("--plugin").arg(format!("echo={}", mainstay_tests::guests::ECHO));
        command.arg("serve");
        command
    }

    pub(crate) fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take();
        let stdout = BufReader::with_capacity(1 << 20, child.stdout.take().context("no pipe")?);
        Ok(Self { child, stdin, stdout, next: 1 })
    }

    pub(crate) fn initialize(&mut self) -> anyhow::Result<()> {
        let client = json!({ "name": "bench", "version": "1" });
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        self.send(&json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }))?;
        self.receive()?;
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
    }

    pub(crate) fn call_once(&mut self, tool: &str, arguments: &Value) -> anyhow::Result<()> {
        let params = json!({ "name": tool, "arguments": arguments });
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next, "method": "tools/call", "params": params }))?;
        self.next += 1;
        self.receive().map(drop)
    }

    /// `calls` calls with `window` in flight, after a tenth as many to warm up.
    pub(crate) fn measure(mut self, tool: &str, window: usize, calls: usize) -> anyhow::Result<Figures> {
        self.run(tool, window, calls.div_ceil(10))?;
        let begun = Instant::now();
        let mut latencies = self.run(tool, window, calls)?;
        let took = begun.elapsed();
        latencies.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
        let per_second = calls as f64 / took.as_secs_f64();
        let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
        Ok(Figures { per_second, p50: at(50), p99: at(99) })
    }

    fn run(&mut self, tool: &str, window: usize, calls: usize) -> anyhow::Result<Vec<Duration>> {
        let first = self.next;
        let mut begun = vec![Instant::now(); calls];
        let (mut sent, mut latencies) = (0, Vec::with_capacity(calls));
        while latencies.len() < calls {
            while sent < calls && sent - latencies.len() < window {
                let id = first + u64::try_from(sent)?;
                let line = format!(
                    "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"{tool}\",\"arguments\":{{\"message\":\"{}\"}}}}}}\n",
                    "x".repeat(64)
                );
                begun[sent] = Instant::now();
                self.stdin.as_mut().context("closed")?.write_all(line.as_bytes())?;
                sent += 1;
            }
            let answer = self.receive()?;
            let id = answer["id"].as_u64().context("an answer without an id")?;
            latencies.push(begun[usize::try_from(id - first)?].elapsed());
        }
        self.next += u64::try_from(calls)?;
        Ok(latencies)
    }

    fn send(&mut self, message: &Value) -> anyhow::Result<()> {
        Ok(self.stdin.as_mut().context("closed")?.write_all(format!("{message}\n").as_bytes())?)
    }

    fn receive(&mut self) -> anyhow::Result<Value> {
        let mut line = String::new();
        anyhow::ensure!(self.stdout.read_line(&mut line)? > 0, "the server has gone");
        let answer: Value = serde_json::from_str(&line)?;
        let fine = answer.get("result").is_some_and(|result| result["isError"] != true);
        anyhow::ensure!(fine, "an error: {answer}");
        Ok(answer)
    }

    /// Resident memory of the process, in KiB, where the system tells.
    pub(crate) fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stdin = None;
        drop(self.child.wait());
    }
}

impl Figures {
    pub(crate) fn keep_better(best: &mut Option<Self>, figures: Self) {
        if best.is_none_or(|best| figures.per_second > best.per_second) {
            *best = Some(figures);
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = |duration: Duration| duration.as_secs_f64() * 1e6;
        write!(f, "{:.0}, {:.0} us, {:.0} us", self.per_second, us(self.p50), us(self.p99))
    }
}
