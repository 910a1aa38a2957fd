//! What is kept for whom: calls whose turn has not come, and answers that nobody has read.

use serde::Serialize;
use serde_json::{Value, json};

use super::count;
use crate::config::Settings;
use crate::server::places::{CallState, RunningCall};
use crate::server::sessions::Connected;

/// Of one session.
#[derive(Debug, Clone, Serialize)]
struct Buffer {
    session_id: String,
    calls_under_way: u64,
    /// Of these, in a mailbox.
    queued: u64,
    /// And for somebody.
    waiting: u64,
    unsent_bytes: u64,
}

/// The numbers of `clients`, and what bounds them.
pub(in crate::server::reboot) fn check(clients: &[Connected], settings: &Settings) -> Value {
    let buffers: Vec<_> = clients.iter().map(buffer).collect();
    let total: u64 = buffers.iter().map(|buffer| buffer.queued).sum();
    let with = buffers.iter().filter(|buffer| buffer.queued > 0 || buffer.unsent_bytes > 0).count();
    let most = count(settings.server.calls_in_flight);
    let status = match buffers.iter().map(|buffer| buffer.calls_under_way).max() {
        Some(calls) if calls >= most => "full",
        _ if with > 0 => "buffering",
        _ => "empty",
    };
    json!({
        "total_buffered_requests": total,
        "sessions_with_buffers": with,
        "status": status,
        "limit_per_client": most,
        "expires_after_seconds": settings.mailbox.wait_seconds,
        "sessions": buffers,
    })
}

fn buffer(connected: &Connected) -> Buffer {
    let session = &connected.session;
    let calls = session.running();
    let how_many = |state| count(calls.iter().filter(|call: &&RunningCall| call.state == state).count());
    Buffer {
        session_id: session.id().to_owned(),
        calls_under_way: count(calls.len()),
        queued: how_many(CallState::Queued),
        waiting: how_many(CallState::Waiting),
        unsent_bytes: count(session.unsent()),
    }
}
