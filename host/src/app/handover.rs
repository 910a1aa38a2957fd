//! What the image of a process leaves to the one that takes its place: the lock, the sockets, and the clients with all
//! that was said.
//!
//! Descriptors stay open across `exec`; what they are is a JSON text of [`FORMAT`] in a file without a name, which nobody
//! else can open. The environment says which descriptor that is.

use std::io::{self, Read as _, Seek as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};
use serde::{Deserialize, Serialize};

use crate::model::surface::SurfaceId;
use crate::server::{ClientEnd, Held, Output, Reader, Session, Standing, Wire, stdio};
use crate::store::Lock;

/// The version of what is handed over. An image that is to take over has to know it.
pub(crate) const FORMAT: u32 = 1;

/// Says which descriptor it is.
const VARIABLE: &str = "MAINSTAY_HANDOVER";

/// What goes on in the next image, or in this one if there is none.
#[derive(Debug, Default)]
pub(crate) struct Handover {
    /// None if the image before was not the host.
    pub(crate) lock: Option<Lock>,
    pub(crate) control: Option<OwnedFd>,
    /// Those on which HTTP is served.
    pub(crate) http: Vec<TcpListener>,
    /// Those over which nothing is under way.
    pub(crate) connections: Vec<TcpStream>,
    pub(crate) clients: Vec<Held>,
    /// The list that clients were shown.
    pub(crate) shown: Option<SurfaceId>,
}

#[derive(Serialize, Deserialize)]
struct Text {
    format: u32,
    lock: Option<RawFd>,
    control: Option<RawFd>,
    http: Vec<RawFd>,
    #[serde(default)]
    connections: Vec<RawFd>,
    clients: Vec<Passenger>,
    shown: Option<SurfaceId>,
}

/// A client, as it is written down.
#[derive(Serialize, Deserialize)]
struct Passenger {
    /// None is standard input and output.
    socket: Option<RawFd>,
    session: String,
    directory: Option<String>,
    transport: String,
    standing: Standing,
    /// What was read of it and not looked at, in base64.
    read: String,
    /// What it has not been told yet, in base64; it may begin in the middle of a line.
    #[serde(default)]
    unsent: String,
}

impl Handover {
    /// What the image of this process before this one has left, if there was one.
    ///
    /// # Errors
    /// If it cannot be made sense of.
    pub(crate) fn inherited() -> anyhow::Result<Option<Self>> {
        let Some(descriptor) = std::env::var_os(VARIABLE) else { return Ok(None) };
        let descriptor = descriptor.to_str().and_then(|text| text.parse().ok()).context("it names no descriptor")?;
        let mut text = String::new();
        let mut file = std::fs::File::from(adopt(descriptor)?);
        file.rewind()?;
        file.read_to_string(&mut text)?;
        Self::read(&text).map(Some).context("what the program before this one has left is not understood")
    }

    fn read(text: &str) -> anyhow::Result<Self> {
        let text: Text = serde_json::from_str(text)?;
        if text.format != FORMAT {
            bail!("it is of format {}, and this program knows {FORMAT}", text.format);
        }
        let clients = text.clients.into_iter().map(Passenger::board).collect::<Result<_, _>>()?;
        let listener = |descriptor| adopt(descriptor).map(TcpListener::from);
        let connection = |descriptor| adopt(descriptor).map(TcpStream::from);
        Ok(Self {
            lock: text.lock.map(adopt).transpose()?.map(|lock| Lock::adopt(lock.into())),
            control: text.control.map(adopt).transpose()?,
            http: text.http.into_iter().map(listener).collect::<Result<_, _>>()?,
            connections: text.connections.into_iter().map(connection).collect::<Result<_, _>>()?,
            clients,
            shown: text.shown,
        })
    }

    /// Puts `program` in the place of this one, with the same arguments. Comes back only if that fails; nothing is lost
    /// then.
    pub(crate) fn exec(&self, program: &Path) -> anyhow::Error {
        let Err(error) = self.try_exec(program);
        for descriptor in self.descriptors() {
            if let Err(error) = fcntl_setfd(descriptor, FdFlags::CLOEXEC) {
                tracing::warn!(%error, "a descriptor may be left to other programs");
            }
        }
        error
    }

    fn try_exec(&self, program: &Path) -> anyhow::Result<std::convert::Infallible> {
        let mut file = nameless().context("could not write down what is handed over")?;
        file.write_all(self.text()?.as_bytes())?;
        for descriptor in self.descriptors().into_iter().chain([file.as_fd()]) {
            fcntl_setfd(descriptor, fcntl_getfd(descriptor)? - FdFlags::CLOEXEC)?;
        }
        let mut command = Command::new(program);
        command.args(std::env::args_os().skip(1)).env(VARIABLE, file.as_raw_fd().to_string());
        Err(command.exec()).with_context(|| format!("could not start {}", program.display()))
    }

    fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        let clients = self.clients.iter().filter_map(|client| match &client.wire {
            Wire::Stdio => None,
            Wire::Socket(socket) => Some(socket.as_fd()),
        });
        let lock = self.lock.iter().map(|lock| lock.file().as_fd());
        let http = self.http.iter().map(AsFd::as_fd).chain(self.connections.iter().map(AsFd::as_fd));
        lock.chain(self.control.iter().map(AsFd::as_fd)).chain(http).chain(clients).collect()
    }

    fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string(&Text {
            format: FORMAT,
            lock: self.lock.as_ref().map(|lock| lock.file().as_raw_fd()),
            control: self.control.as_ref().map(|socket| socket.as_raw_fd()),
            http: self.http.iter().map(|listener| listener.as_raw_fd()).collect(),
            connections: self.connections.iter().map(|connection| connection.as_raw_fd()).collect(),
            clients: self.clients.iter().map(Passenger::of).collect(),
            shown: self.shown,
        })
    }
}

impl Passenger {
    fn of(client: &Held) -> Self {
        let Held { session, wire, end } = client;
        Self {
            socket: match wire {
                Wire::Stdio => None,
                Wire::Socket(socket) => Some(socket.as_raw_fd()),
            },
            session: session.id().to_owned(),
            directory: session.directory().map(str::to_owned),
            transport: session.transport().to_owned(),
            standing: end.traffic.lock().standing().clone(),
            read: STANDARD.encode(end.reader.left()),
            unsent: STANDARD.encode(end.output.left()),
        }
    }

    fn board(self) -> anyhow::Result<Held> {
        let (read, unsent) = (STANDARD.decode(self.read)?, STANDARD.decode(self.unsent)?);
        let (wire, source, sink) = match self.socket {
            None => {
                let (source, sink) = stdio();
                (Wire::Stdio, source, sink)
            }
            Some(descriptor) => socket(adopt(descriptor)?)?,
        };
        let transport = if self.transport == "stdio" { "stdio" } else { "joined" };
        let session = Session::again(self.session, self.directory, transport);
        let output = Output::new(sink);
        output.queue_bytes(&unsent);
        let end = ClientEnd::again(Reader::after(read, source), output, self.standing);
        Ok(Held { session, wire, end })
    }
}

fn socket(descriptor: OwnedFd) -> io::Result<(Wire, crate::server::Source, crate::server::Sink)> {
    let wire = Wire::Socket(Arc::new(descriptor.try_clone()?));
    let stream = std::os::unix::net::UnixStream::from(descriptor);
    stream.set_nonblocking(true)?;
    let (source, sink) = tokio::io::split(tokio::net::UnixStream::from_std(stream)?);
    Ok((wire, Box::new(source), Box::new(sink)))
}

/// A file that nobody else can open, in memory where the system has such.
fn nameless() -> io::Result<std::fs::File> {
    #[cfg(target_os = "linux")]
    return Ok(rustix::fs::memfd_create("mainstay", rustix::fs::MemfdFlags::CLOEXEC)?.into());
    #[cfg(not(target_os = "linux"))]
    tempfile::tempfile()
}

/// Takes over a descriptor that was left open for this process, and leaves it to no other.
fn adopt(descriptor: RawFd) -> io::Result<OwnedFd> {
    if descriptor <= 2 {
        return Err(io::Error::other(format!("descriptor {descriptor} is not one that is handed over")));
    }
    #[expect(unsafe_code, reason = "only its number comes from the image before, which left it to this one alone")]
    // SAFETY: the image before this one opened it, closed it on no way to here, and named it once, in a text that nobody
    // else can write. If it is not open, what is done next fails, and nothing else of this process has that number yet.
    let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
    fcntl_setfd(&descriptor, FdFlags::CLOEXEC)?;
    Ok(descriptor)
}

#[cfg(test)]
mod tests;
