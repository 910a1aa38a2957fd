//! The control socket: how the command line speaks to the host that is running.
//!
//! [`protocol`] is what is said, [`place`] where the socket is, [`serve`] the host's side, [`shared`] what it gives
//! access to, and [`client`] the other side. [`socket`] is the only part that differs between systems. Whoever may
//! open the socket may swap and restart plugins, so it is the owner's alone.

mod client;
mod lines;
mod place;
mod progress;
mod protocol;
mod serve;
mod shared;
#[cfg(unix)]
#[path = "socket_unix.rs"]
mod socket;
#[cfg(not(unix))]
#[path = "socket_elsewhere.rs"]
mod socket;

use std::io;
use std::path::PathBuf;

pub use self::client::ControlClient;
pub(crate) use self::client::Joined;
pub use self::protocol::{
    Event, HistoryQuery, HostStatus, JoinOrder, PruneOrder, Request, RollbackOrder, SessionStatus, SnapshotOrder,
    SwapOrder, ToolAnswer, ToolOrder,
};
pub use self::serve::ControlSocket;

/// Why a host could not be spoken to, or cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("no host is running in {}", dir.display())]
    NoHost { dir: PathBuf },
    #[error("a running host cannot be spoken to on this system: it takes Unix sockets")]
    Unsupported,
    #[error("could not listen at {}", path.display())]
    Bind { path: PathBuf, source: io::Error },
    #[error("could not connect to the host at {}", path.display())]
    Connect { path: PathBuf, source: io::Error },
    #[error("{} belongs to somebody else, so it is not trusted", path.display())]
    Stranger { path: PathBuf },
    #[error("the connection to the host failed")]
    Io(#[from] io::Error),
    #[error("the host ended before it answered; `mainstay history` tells what came of a swap")]
    Ended,
    #[error("the host said what this version does not understand: {0}")]
    Strange(String),
    #[error("the host refused the request: {0}")]
    Refused(String),
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
