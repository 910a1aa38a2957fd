//! The host over HTTP, and clients that see every byte: requests on real sockets, and what came back.

mod asked;
mod client;
mod incoming;

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

pub use self::asked::Asked;
pub use self::client::HttpClient;
pub use self::incoming::{Event, Incoming, Reply};
use crate::host::Host;
use crate::lines::Words;

/// Far longer than anything takes: when it is over, something hangs.
const PATIENCE: Duration = Duration::from_secs(30);
const LISTENS: &str = "listening at http";

/// A host that serves over HTTP. Ends with this.
pub struct Served {
    child: Child,
    words: Words,
    address: SocketAddr,
    _data: Arc<TempDir>,
}

impl Host {
    /// Serves over HTTP at a free port.
    ///
    /// # Errors
    /// If it does not start.
    pub fn over_http(&self) -> anyhow::Result<Served> {
        self.over_http_at("127.0.0.1:0")
    }

    /// Serves over HTTP there.
    ///
    /// # Errors
    /// If it does not start.
    pub fn over_http_at(&self, address: &str) -> anyhow::Result<Served> {
        let mut command = self.command();
        Served::start(command.args(["--log", "warn,mainstay=info", "serve", "--http", address]), self.data())
    }
}

impl Host {
    /// Serves over HTTP, begun with no more files than that, though it may have more.
    ///
    /// # Errors
    /// If it does not start.
    pub fn over_http_with_files(&self, files: u32) -> anyhow::Result<Served> {
        let plain = self.command();
        let mut command = Command::new("bash");
        command.arg("-c").arg(format!("ulimit -Sn {files}; exec \"$@\"")).arg("bash");
        command.arg(plain.get_program()).args(plain.get_args());
        command.args(["--log", "warn,mainstay=info", "serve", "--http", "127.0.0.1:0"]);
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Served::start(&mut command, self.data())
    }
}

impl Served {
    fn start(command: &mut Command, data: Arc<TempDir>) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().context("the program does not start")?;
        let words = Words::read(child.stderr.take().context("no pipe")?);
        let until = Instant::now() + PATIENCE;
        loop {
            let said = words.so_far();
            let address = said.split_once(LISTENS).and_then(|(_, rest)| rest.split_once("/mcp"));
            // With an s if it is HTTPS.
            if let Some((_, address)) = address.and_then(|(scheme, _)| scheme.split_once("://")) {
                return Ok(Self { child, words, address: address.parse()?, _data: data });
            }
            ensure!(child.try_wait()?.is_none(), "it ended: {said}");
            ensure!(Instant::now() < until, "it does not listen: {said}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has said on standard error so far.
    pub fn words(&self) -> String {
        self.words.so_far()
    }

    /// The server's process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// A connection on which nothing has been said.
    ///
    /// # Errors
    /// If it is not accepted.
    pub fn connect(&self) -> anyhow::Result<TcpStream> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Sends a request on a connection of its own, and waits for the head of the answer.
    ///
    /// # Errors
    /// If there is none.
    pub fn begin(&self, asked: &Asked) -> anyhow::Result<Incoming> {
        let mut stream = self.connect()?;
        // One that is refused before it was read may be answered before it was sent.
        drop(stream.write_all(&asked.bytes(self.address)));
        Incoming::read(stream)
    }

    /// Sends a request and waits for the end of the answer.
    ///
    /// # Errors
    /// If there is none.
    pub fn ask(&self, asked: &Asked) -> anyhow::Result<Reply> {
        self.begin(asked)?.to_end()
    }

    /// A client of this version that has said hello.
    ///
    /// # Errors
    /// If the server does not agree.
    pub fn client(&self, version: &str) -> anyhow::Result<HttpClient> {
        HttpClient::legacy(self, version)
    }

    /// A client of this version that has said hello, with that token.
    ///
    /// # Errors
    /// If the server does not agree, or does not let it in.
    pub fn client_with(&self, version: &str, token: &str) -> anyhow::Result<HttpClient> {
        HttpClient::with_token(self, version, token)
    }

    /// A number on the page of `/metrics`, by its name and its labels as they are written there.
    ///
    /// # Errors
    /// If it is not there.
    pub fn number(&self, name: &str) -> anyhow::Result<f64> {
        let page = self.page()?;
        let Some(line) = page.lines().find(|line| line.rsplit_once(' ').is_some_and(|(named, _)| named == name)) else {
            bail!("{name} is not on the page: {page}");
        };
        Ok(line.rsplit(' ').next().unwrap_or_default().parse()?)
    }

    /// The page of `/metrics`.
    ///
    /// # Errors
    /// If there is none.
    pub fn page(&self) -> anyhow::Result<String> {
        let reply = self.ask(&Asked::new("GET").at("/metrics").header("Host", "localhost"))?;
        ensure!(reply.status == 200, "{reply:?}");
        Ok(reply.body)
    }

    /// A client of 2026-07-28.
    pub fn modern(&self) -> HttpClient {
        HttpClient::modern()
    }

    /// Ends it without any warning, as a crash would.
    ///
    /// # Errors
    /// If it cannot be ended.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end, as systems do.
    ///
    /// # Errors
    /// If it is not asked.
    pub fn ask_to_end(&self) -> anyhow::Result<()> {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(sent.success(), "the signal was not sent");
        Ok(())
    }

    /// Waits for it to end, and says what it had said.
    ///
    /// # Errors
    /// If it does not.
    pub fn ended(mut self) -> anyhow::Result<(ExitStatus, String)> {
        let until = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            ensure!(Instant::now() < until, "it does not end: {}", self.words.so_far());
            thread::sleep(Duration::from_millis(2));
        }
        Ok((self.child.wait()?, self.words.so_far()))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Served").field("address", &self.address).finish_non_exhaustive()
    }
}
