//! Whether clients are there, asked of each.

use std::time::{Duration, Instant};

use futures::future::join_all;
use rmcp::model::{PingRequest, ProtocolVersion, ServerRequest};
use rmcp::service::PeerRequestOptions;
use serde::Serialize;

use super::micros;
use crate::server::session::Client;
use crate::server::sessions::{Connected, Sessions};

/// What is known of a client after asking for it.
#[derive(Debug, Clone, Serialize)]
pub(in crate::server::reboot) struct Ping {
    session_id: String,
    client: String,
    protocol: String,
    pub(in crate::server::reboot) reachable: bool,
    /// How it was found: `ping` if its protocol has that, `connection` if not, `request` if it did not answer and yet
    /// is the one that asks.
    method: &'static str,
    /// Of the ping.
    #[serde(skip_serializing_if = "Option::is_none")]
    round_trip_ms: Option<f64>,
    /// Whether its work goes on after its connection has ended.
    pub(in crate::server::reboot) reconnect_capable: bool,
    status: String,
}

/// Asks all of `clients` at once. `asking` is the session whose request this is, `returned` are clients that have come
/// back before, by name and transport.
pub(in crate::server::reboot) async fn check(
    clients: &[Connected],
    sessions: &Sessions,
    asking: Option<&str>,
    returned: &[(String, String)],
    limit: Duration,
) -> Vec<Ping> {
    join_all(clients.iter().map(async |connected| {
        let client = connected.session.client();
        let found = if has_ping(&client) { ping(connected, limit).await } else { Found::NoPing };
        let open = sessions.get(connected.session.id()).is_some();
        let asks = asking == Some(connected.session.id());
        let (method, reachable, status) = judge(&found, open, asks, limit);
        let transport = connected.session.transport();
        let came_back = returned.iter().any(|(name, over)| *name == client.name && over == transport);
        Ping {
            session_id: connected.session.id().to_owned(),
            reachable,
            method,
            round_trip_ms: found.round_trip_ms(),
            // Without a session of the protocol's there is nothing to lose.
            reconnect_capable: !has_ping(&client) || came_back,
            client: client.name,
            protocol: client.protocol,
            status,
        }
    }))
    .await
}

/// What a ping came to.
#[derive(Debug, Clone)]
enum Found {
    Answered(Duration),
    Silent,
    Failed(String),
    NoPing,
}

impl Found {
    #[expect(clippy::cast_precision_loss, reason = "no ping takes 285 years")]
    fn round_trip_ms(&self) -> Option<f64> {
        match self {
            Self::Answered(took) => Some(micros(*took) as f64 / 1_000.0),
            _ => None,
        }
    }
}

fn has_ping(client: &Client) -> bool {
    client.protocol.as_str() < ProtocolVersion::V_2026_07_28.as_str()
}

async fn ping(connected: &Connected, limit: Duration) -> Found {
    let peer = connected.peer.clone();
    let began = Instant::now();
    // A task of its own: what is asked here is no part of whatever request it is asked for.
    let asked = tokio::spawn(async move {
        let options = PeerRequestOptions::with_timeout(limit);
        let request = ServerRequest::PingRequest(PingRequest::default());
        peer.send_cancellable_request(request, options).await?.await_response().await
    });
    match tokio::time::timeout(limit, asked).await {
        Ok(Ok(Ok(_))) => Found::Answered(began.elapsed()),
        Ok(Ok(Err(rmcp::ServiceError::Timeout { .. }))) | Err(_) => Found::Silent,
        // Whoever answers with an error is there.
        Ok(Ok(Err(rmcp::ServiceError::McpError(_)))) => Found::Answered(began.elapsed()),
        Ok(Ok(Err(error))) => Found::Failed(error.to_string()),
        Ok(Err(_)) => Found::Failed("a task of the host died".to_owned()),
    }
}

/// How it was found out, whether the client is there, and that in words.
fn judge(found: &Found, open: bool, asks: bool, limit: Duration) -> (&'static str, bool, String) {
    let silent = || format!("it has not answered a ping in {} ms", limit.as_millis());
    match found {
        Found::Answered(_) => ("ping", true, "reachable".to_owned()),
        Found::NoPing if open => ("connection", true, "reachable: its connection is open".to_owned()),
        Found::NoPing => ("connection", false, "unreachable: its connection has ended".to_owned()),
        Found::Silent if asks => ("request", true, format!("reachable: it asks for this; but {}", silent())),
        Found::Silent => ("ping", false, format!("unreachable: {}", silent())),
        Found::Failed(why) => ("ping", false, format!("unreachable: {why}")),
    }
}

#[cfg(test)]
mod tests;
