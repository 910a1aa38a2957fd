//! Who is connected.

use serde::Serialize;

use super::{Status, count};
use crate::server::reboot::timestamp;
use crate::server::session::Session;
use crate::server::sessions::Sessions;

/// A session that is open.
#[derive(Debug, Clone, Serialize)]
pub(in crate::server::reboot) struct Connection {
    session_id: String,
    client: String,
    version: String,
    protocol: String,
    transport: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<String>,
    opened_at: String,
    last_active_at: String,
    calls: u64,
    calls_under_way: u64,
    /// Of answers that the client has not read yet.
    unsent_bytes: u64,
}

/// A client that has left so many bytes of answers unread does not read.
const UNREAD: u64 = 1 << 20;

/// What all connections are like together.
pub(in crate::server::reboot) fn status(open: &[Connection]) -> Status {
    if open.iter().any(|connection| connection.unsent_bytes > UNREAD) { Status::Degraded } else { Status::Operational }
}

/// Those that are open, in the order in which they came.
pub(in crate::server::reboot) fn check(sessions: &Sessions) -> Vec<Connection> {
    sessions.all().iter().map(|connected| connection(&connected.session)).collect()
}

fn connection(session: &Session) -> Connection {
    let client = session.client();
    Connection {
        session_id: session.id().to_owned(),
        client: client.name,
        version: client.version,
        protocol: client.protocol,
        transport: session.transport(),
        directory: session.directory().map(str::to_owned),
        opened_at: timestamp(session.opened_at()),
        last_active_at: timestamp(session.active_at()),
        calls: session.calls(),
        calls_under_way: count(session.running().len()),
        unsent_bytes: count(session.unsent()),
    }
}
