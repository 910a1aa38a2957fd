//! Clients that call, one call after the other each, beside whatever else is done with the server.

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::CallToolRequestParams;
use rmcp::{Peer, RoleClient, ServiceError};
use serde_json::{Map, Value};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::super::client::text;
use super::ledger::{Answer, Call, Ledger};
use super::server::Server;
use crate::plugin::now_us;

/// What a caller calls, again and again.
#[derive(Clone)]
pub(in crate::cli) struct Work {
    pub(in crate::cli) tool: &'static str,
    /// Not only reads.
    pub(in crate::cli) writes: bool,
    /// Makes them from the number of the call.
    pub(in crate::cli) arguments: Arc<dyn Fn(u64) -> Map<String, Value> + Send + Sync>,
    /// Between an answer and the next call.
    pub(in crate::cli) pause: Duration,
}

/// Callers at work.
pub(in crate::cli) struct Callers {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Callers {
    /// One for each of `works`.
    pub(in crate::cli) fn start(server: &Server, works: &[Work], ledger: &Ledger) -> Self {
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        for work in works {
            tasks.spawn(call_on(server.peer(), work.clone(), ledger.clone(), stop.clone()));
        }
        Self { stop, tasks }
    }

    /// No call is begun any more. Comes back when all are answered, or never will be.
    pub(in crate::cli) async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn call_on(peer: Peer<RoleClient>, work: Work, ledger: Ledger, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let number = ledger.number();
        let params = CallToolRequestParams::new(work.tool).with_arguments((work.arguments)(number));
        let sent_us = now_us();
        let result = peer.call_tool(params).await;
        let ended_us = now_us();
        let answer = match result {
            Ok(result) if result.is_error == Some(true) => {
                ledger.refused(&text(&result));
                Answer::Refused
            }
            Ok(_) => Answer::Done,
            Err(ServiceError::McpError(error)) => {
                ledger.refused(&error.message);
                Answer::Refused
            }
            Err(_) => Answer::None,
        };
        ledger.write(Call { number, writes: work.writes, sent_us, ended_us, answer });
        if answer == Answer::None {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(work.pause) => {}
        }
    }
}
