//! Clients see the tasks of their workspace, and of no other; those of one workspace see the same at once.

use std::fs;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use mainstay::config::{Reloader, Sources};
use mainstay::server::{Handler, Shared};
use mainstay_tests::Client;
use rmcp::model::{CallToolRequestParams, ClientConfig, ReadResourceRequestParams};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt as _};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::inside::{Inside, alone, runtime};
use crate::{PROGRAM, TestResult};

type Connected = RunningService<RoleClient, ClientConfig>;

#[test]
fn two_clients_of_one_host_see_only_their_own_workspace_and_two_of_one_see_the_same() -> TestResult {
    let _alone = alone();
    let host = PROGRAM.orchestrator()?;
    let component = host.dir().join("built-in.wasm");
    fs::write(&component, mainstay::app::ORCHESTRATOR)?;
    runtime().block_on(async {
        let inside = Inside::open(&host, &component.to_string_lossy()).await?;
        let sources = Sources::default();
        let shared = Shared::new(Arc::clone(inside.slots()), Reloader::new(sources.clone(), sources.load()?));
        let one = connect(&shared, "/one").await?;
        let beside = connect(&shared, "/one").await?;
        let two = connect(&shared, "/two").await?;
        let other = connect(&shared, "/elsewhere").await?;
        // It works in the second one, wherever it was started.
        call(&other, "initialize_session", json!({ "working_directory": "/two" })).await?;

        call(&one, "plan_task", planned("same", "The first")).await?;
        call(&two, "plan_task", planned("same", "The second")).await?;
        call(&one, "plan_task", planned("only-one", "Of the first alone")).await?;
        for (client, own, foreign) in [
            (&one, "The first", "The second"),
            (&beside, "The first", "The second"),
            (&two, "The second", "The first"),
            (&other, "The second", "The first"),
        ] {
            let status = call(client, "get_status", json!({})).await?;
            ensure!(status.contains(own) && !status.contains(foreign), "{status}");
        }
        for (client, own, foreign) in [(&one, "The first", "The second"), (&two, "The second", "The first")] {
            let briefing = call(client, "execute_task", json!({ "task_id": "same" })).await?;
            ensure!(briefing.contains(own) && !briefing.contains(foreign), "{briefing}");
        }
        for (tool, arguments) in
            [("execute_task", json!({ "task_id": "only-one" })), ("complete_task", done("only-one"))]
        {
            let refused = asked(&two, tool, arguments).await?;
            ensure!(refused.0, "there is no such task there: {}", refused.1);
            ensure!(!refused.1.contains("Of the first alone"), "{}", refused.1);
        }

        call(&one, "complete_task", done("same")).await?;
        let status = call(&beside, "get_status", json!({ "include_completed": true })).await?;
        ensure!(status.contains("1 completed"), "{status}");
        let status = call(&two, "get_status", json!({ "include_completed": true })).await?;
        ensure!(!status.contains("completed"), "{status}");
        let artifacts = artifacts(&one).await?;
        ensure!(self::artifacts(&beside).await? == artifacts && artifacts.len() == 1, "{artifacts:?}");
        ensure!(self::artifacts(&two).await?.is_empty());
        for artifact in artifacts {
            one.read_resource(ReadResourceRequestParams::new(artifact.clone())).await?;
            let read = two.read_resource(ReadResourceRequestParams::new(artifact)).await;
            ensure!(read.is_err(), "an artifact of another workspace");
        }
        Ok(())
    })
}

#[test]
fn processes_that_follow_each_other_on_the_same_data_keep_them_apart_too() -> TestResult {
    let host = PROGRAM.orchestrator()?;
    let client_in = |workspace: &str| -> anyhow::Result<Client> {
        let mut client = host.client()?;
        client.done("orchestrator_initialize_session", json!({ "working_directory": workspace }))?;
        Ok(client)
    };
    let mut one = client_in("/one")?;
    one.done("orchestrator_plan_task", planned("same", "The first"))?;
    one.close()?;
    let mut two = client_in("/two")?;
    assert_eq!(two.done("orchestrator_get_status", json!({}))?["total"], 0);
    two.done("orchestrator_plan_task", planned("same", "The second"))?;
    two.kill()?;
    let mut one = client_in("/one")?;
    let status = one.done("orchestrator_get_status", json!({}))?;
    let ready = &status["ready_to_execute"];
    assert_eq!((&status["total"], &ready[0]["title"]), (&json!(1), &json!("The first")));
    Ok(())
}

async fn connect(shared: &Arc<Shared>, directory: &str) -> anyhow::Result<Connected> {
    let (here, there) = tokio::io::duplex(1 << 16);
    let handler = Handler::new(Arc::clone(shared), Some(directory.to_owned()), CancellationToken::new());
    tokio::spawn(async move {
        if let Ok(service) = handler.serve(there).await {
            drop(service.waiting().await);
        }
    });
    Ok(ClientConfig::default().serve(here).await?)
}

/// What a tool says when all goes well.
async fn call(client: &Connected, tool: &str, arguments: Value) -> anyhow::Result<String> {
    let (failed, text) = asked(client, tool, arguments).await?;
    ensure!(!failed, "{tool}: {text}");
    Ok(text)
}

/// Whether a tool failed, and what it says.
async fn asked(client: &Connected, tool: &str, arguments: Value) -> anyhow::Result<(bool, String)> {
    let mut params = CallToolRequestParams::new(format!("orchestrator_{tool}"));
    params.arguments = arguments.as_object().cloned();
    let result = serde_json::to_value(client.call_tool(params).await?)?;
    let text = result["content"][0]["text"].as_str().context("no text")?.to_owned();
    Ok((result["isError"] == true, text))
}

async fn artifacts(client: &Connected) -> anyhow::Result<Vec<String>> {
    let listed = client.list_all_resources().await?;
    Ok(listed.into_iter().map(|resource| resource.uri.clone()).filter(|uri| uri.contains("artifacts")).collect())
}

fn planned(id: &str, title: &str) -> Value {
    json!({ "task_id": id, "title": title, "description": "What is to be done." })
}

fn done(id: &str) -> Value {
    json!({ "task_id": id, "summary": "Done.", "detailed_work": "All of it.", "next_action": "complete" })
}
