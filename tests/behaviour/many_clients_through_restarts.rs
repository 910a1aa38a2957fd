//! Fifty clients of one host call on while twenty of them restart it: every call is answered once, and nothing that
//! was acknowledged is lost.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, ensure};
use mainstay::config::{Reloader, Sources};
use mainstay::server::{Handler, Shared};
use mainstay_tests::guests;
use mainstay_tests::relay::Row;
use rmcp::model::{CallToolRequestParams, ClientConfig};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt as _};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::inside::{Inside, alone, runtime};
use crate::{TestResult, serving};

const CLIENTS: usize = 50;
const RESTARTS: usize = 20;
/// Of each client, for each restart.
const CALLS: usize = 10;

type Client = RunningService<RoleClient, ClientConfig>;

/// How many calls have been answered, and who waits for more.
#[derive(Default)]
struct Answered {
    calls: AtomicUsize,
    more: Notify,
}

#[test]
fn claim_0_32_and_3_27_and_3_30_fifty_clients_lose_nothing_in_twenty_restarts() -> TestResult {
    let _alone = alone();
    let host = serving(guests::RELAY)?;
    runtime().block_on(async {
        let inside = Inside::open(&host, guests::RELAY).await?;
        let sources = Sources::default();
        let reloader = Reloader::new(sources.clone(), sources.load()?);
        let shared = Shared::new(Arc::clone(inside.slots()), reloader);
        let answered = Arc::new(Answered::default());
        let mut clients = Vec::new();
        for number in 0..CLIENTS {
            clients.push(Arc::new(connect(&shared, number).await?));
        }
        let calling = clients.iter().enumerate().map(|(number, client)| {
            let (client, answered) = (Arc::clone(client), Arc::clone(&answered));
            tokio::spawn(async move { call_on(&client, number, &answered).await })
        });
        let calling: Vec<_> = calling.collect();
        let mut generations = HashSet::new();
        for (restart, client) in clients.iter().take(RESTARTS).enumerate() {
            // In the midst of the calls, and each by another client: one a minute is what each may do.
            while answered.calls.load(Ordering::Acquire) < restart * CLIENTS * CALLS {
                answered.more.notified().await;
            }
            let answer = call(client, "orchestrator_restart_server", json!({ "plugin": "guest" })).await?;
            ensure!(answer["success"] == true, "{answer}");
            generations.insert(answer["generation"].as_u64().context("no generation")?);
        }
        for client in calling {
            client.await??;
        }
        ensure!(generations.len() == RESTARTS, "each began anew: {generations:?}");
        let mut rows: Vec<Row> = serde_json::from_value(inside.call("list", json!({})).await?["rows"].take())?;
        rows.sort();
        let expected = (0..CLIENTS).flat_map(|client| {
            (0..RESTARTS * CALLS).map(move |call| (name(client), i64::try_from(call).unwrap_or(-1)))
        });
        let mut expected: Vec<_> = expected.collect();
        expected.sort();
        let found: Vec<_> = rows.into_iter().map(|(client, number, _)| (client, number)).collect();
        ensure!(found == expected, "{} rows, {} were acknowledged", found.len(), expected.len());
        Ok(())
    })
}

async fn connect(shared: &Arc<Shared>, number: usize) -> anyhow::Result<Client> {
    let (here, there) = tokio::io::duplex(1 << 16);
    let handler = Handler::new(Arc::clone(shared), None, CancellationToken::new());
    tokio::spawn(async move {
        if let Ok(service) = handler.serve(there).await {
            drop(service.waiting().await);
        }
    });
    let mut info = ClientConfig::default();
    info.client_info.name = name(number);
    Ok(info.serve(here).await?)
}

async fn call_on(client: &Client, number: usize, answered: &Answered) -> TestResult {
    for call_number in 0..RESTARTS * CALLS {
        call(client, "append", json!({ "client": name(number), "number": call_number })).await?;
        answered.calls.fetch_add(1, Ordering::Release);
        answered.more.notify_one();
    }
    Ok(())
}

async fn call(client: &Client, tool: &'static str, arguments: Value) -> anyhow::Result<Value> {
    let mut params = CallToolRequestParams::new(tool);
    params.arguments = arguments.as_object().cloned();
    let result = client.call_tool(params).await?;
    ensure!(result.is_error != Some(true), "{tool}: {:?}", result.content);
    result.structured_content.context("no answer")
}

fn name(client: usize) -> String {
    format!("client-{client}")
}
