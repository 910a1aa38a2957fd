//! Under a service manager such as systemd: its sockets are served, and it hears when the host serves, lives and ends.
#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use mainstay_tests::{Host, guests};

use crate::{TestResult, serving};

/// Far longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a service manager does for a service.
struct Manager {
    service: Child,
    notified: UnixDatagram,
    /// What the service listens on. Kept open: connections wait in it whether the service is there or not.
    socket: TcpListener,
}

impl Manager {
    /// Starts the host with a socket that listens already, and a watchdog.
    fn start(host: &Host) -> anyhow::Result<Self> {
        let path = host.dir().join("notify.sock");
        let notified = UnixDatagram::bind(&path)?;
        notified.set_read_timeout(Some(PATIENCE))?;
        let socket = TcpListener::bind("127.0.0.1:0")?;
        let plain = host.command();
        let mut command = Command::new("sh");
        // The first of the sockets that are handed over is 3, and they are for the process of that number.
        command.arg("-c").arg("exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"").arg("sh");
        command.arg(plain.get_program()).args(plain.get_args()).args(["serve", "--http", "systemd"]);
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000");
        command.stdin(Stdio::from(OwnedFd::from(socket.try_clone()?)));
        let service = command.spawn().context("the host does not start")?;
        Ok(Self { service, notified, socket })
    }

    /// Waits until the service says that, and gives all that it said until then.
    fn hear(&self, wanted: &str) -> anyhow::Result<String> {
        let mut heard = String::new();
        let mut message = [0; 1_024];
        while !heard.lines().any(|line| line == wanted) {
            let length = self.notified.recv(&mut message).with_context(|| format!("no {wanted}, only {heard}"))?;
            heard.push_str(&String::from_utf8_lossy(&message[..length]));
        }
        Ok(heard)
    }

    fn get(&self, path: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(self.socket.local_addr()?)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let host = self.socket.local_addr()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let sent = Command::new("kill").args([signal, &self.service.id().to_string()]).status()?;
        ensure!(sent.success(), "the signal was not sent");
        Ok(())
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.service.kill());
        drop(self.service.wait());
    }
}

#[test]
fn a_host_under_a_service_manager_says_when_it_serves_lives_and_ends() -> TestResult {
    let host = serving(guests::ECHO)?;
    let mut manager = Manager::start(&host)?;
    // Whoever comes before the host waits.
    let alive = manager.get("/healthz")?;
    ensure!(alive.starts_with("HTTP/1.1 200 "), "{alive}");
    let heard = manager.hear("READY=1")?;
    ensure!(!heard.contains("STOPPING=1"), "{heard}");
    let ready = manager.get("/readyz")?;
    ensure!(ready.starts_with("HTTP/1.1 200 ") && ready.contains("\"ready\":true"), "{ready}");
    let page = manager.get("/metrics")?;
    ensure!(page.contains("mainstay_ready 1.0"), "{page}");
    ensure!(page.contains("mainstay_slot_serving{slot=\"guest\"} 1.0"), "{page}");
    ensure!(page.contains("mainstay_slot_info{slot=\"guest\",plugin=\"echo\""), "{page}");
    manager.hear("WATCHDOG=1")?;
    manager.signal("-TERM")?;
    manager.hear("STOPPING=1")?;
    ensure!(manager.service.wait()?.success(), "it ends well");
    Ok(())
}

#[test]
fn a_host_that_is_reloaded_keeps_its_socket_and_says_when_it_serves_again() -> TestResult {
    let host = serving(guests::ECHO)?;
    let mut manager = Manager::start(&host)?;
    manager.hear("READY=1")?;
    for _ in 0..2 {
        // As ExecReload has it.
        let reloaded = host.run(&["restart", "--host"])?;
        ensure!(reloaded.status.success(), "{}", String::from_utf8_lossy(&reloaded.stderr));
        manager.hear("RELOADING=1")?;
        manager.hear("READY=1")?;
        let ready = manager.get("/readyz")?;
        ensure!(ready.starts_with("HTTP/1.1 200 "), "{ready}");
        manager.hear("WATCHDOG=1")?;
        ensure!(manager.service.try_wait()?.is_none(), "it is the same process");
    }
    manager.signal("-TERM")?;
    manager.hear("STOPPING=1")?;
    ensure!(manager.service.wait()?.success(), "it ends well");
    Ok(())
}

#[test]
fn a_host_that_stands_still_is_not_said_to_live() -> TestResult {
    let host = serving(guests::ECHO)?;
    let manager = Manager::start(&host)?;
    manager.hear("WATCHDOG=1")?;
    manager.signal("-STOP")?;
    manager.notified.set_read_timeout(Some(Duration::from_secs(1)))?;
    // What was on its way when it was stopped.
    while manager.hear("WATCHDOG=1").is_ok() {}
    manager.signal("-CONT")?;
    manager.notified.set_read_timeout(Some(PATIENCE))?;
    manager.hear("WATCHDOG=1").map(drop)
}
