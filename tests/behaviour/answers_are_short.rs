//! A model pays for every byte that it reads: the list of tools at the front of every prompt, and each answer.
//!
//! The same work was done with the Python original, and `golden/original-1.8.0-answers.json` says what it answered with. All of
//! ours together, with the list of more than three times as many tools, is less than half of that.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use mainstay_tests::Client;
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult};

const PARTS: usize = 50;
const SPECIALISTS: [&str; 5] = ["architect", "implementer", "tester", "documenter", "reviewer"];

/// What was answered: how often, and with how many bytes.
#[derive(Debug, Default)]
struct Heard(BTreeMap<String, (u64, u64)>);

impl Heard {
    fn note(&mut self, what: &str, answer: &Value) {
        let (calls, bytes) = self.0.entry(what.to_owned()).or_default();
        *calls += 1;
        *bytes += answer.to_string().len() as u64;
    }

    fn call(&mut self, client: &mut Client, what: &str, tool: &str, arguments: Value) -> anyhow::Result<String> {
        let answer = client.call(&format!("orchestrator_{tool}"), arguments)?;
        let result = answer.result()?;
        ensure!(result["isError"] != true, "{tool}: {result}");
        ensure!(result.get("structuredContent").is_none(), "{tool} says everything twice: {result}");
        let text = result["content"][0]["text"].as_str().with_context(|| format!("{tool}: no text"))?.to_owned();
        self.note(what, &answer.0);
        Ok(text)
    }
}

#[test]
fn all_that_a_model_reads_is_less_than_half_of_the_originals() -> TestResult {
    let original: Value = serde_json::from_str(include_str!("../golden/original-1.8.0-answers.json"))?;
    let host = PROGRAM.orchestrator()?.with_set("plugins.orchestrator.config.answers=\"text\"");
    let mut client = host.client()?;
    let heard = work(&mut client)?;
    let (mut ours, mut theirs) = (0, 0);
    for (what, (calls, bytes)) in &heard.0 {
        let before = &original["answers"][what];
        ensure!(before["calls"] == *calls, "{what}: not the same work, {calls} calls");
        let before = before["bytes"].as_u64().context("a number")?;
        println!("{what}: {calls} answers, {bytes} bytes, the original's {before}");
        (ours, theirs) = (ours + bytes, theirs + before);
    }
    println!("in all: {ours} bytes, the original's {theirs}: {:.0} %", ours as f64 / theirs as f64 * 100.0);
    assert_eq!(heard.0.len(), original["answers"].as_object().map_or(0, serde_json::Map::len));
    assert!(ours * 2 < theirs, "{ours} bytes, the original's {theirs}: {heard:#?}");
    Ok(())
}

fn work(client: &mut Client) -> anyhow::Result<Heard> {
    let mut heard = Heard::default();
    heard.note("tools/list", &client.request("tools/list", json!({}))?.0);
    heard.call(client, "initialize_session", "initialize_session", json!({}))?;
    let parts: Vec<_> = (0..PARTS).map(part).collect();
    let plan = json!({ "task_id": "service", "description": "Build the service in fifty parts", "subtasks": parts });
    let planned = heard.call(client, "plan_task", "plan_task", plan)?;
    assert!(planned.contains("t00") && planned.contains("orchestrator_execute_task"), "{planned}");
    heard.call(client, "get_status", "get_status", json!({}))?;
    for index in 0..PARTS {
        let id = format!("t{index:02}");
        let briefing = heard.call(client, "execute", "execute_task", json!({ "task_id": id }))?;
        assert!(briefing.contains(&format!("Work on part {index:02}")), "{briefing}");
        let completed = heard.call(client, "complete", "complete_task", delivery(index))?;
        assert!(completed.contains(&id) && completed.contains("artifact_"), "{completed}");
        if index % 10 == 9 {
            heard.call(client, "get_status", "get_status", json!({}))?;
        }
    }
    heard.call(client, "get_status", "get_status", json!({ "include_completed": true }))?;
    let synthesis =
        heard.call(client, "synthesize_results", "synthesize_results", json!({ "parent_task_id": "service" }))?;
    for index in 0..PARTS {
        assert!(synthesis.contains(&summary(index)), "part {index} is missing: {synthesis}");
    }
    Ok(heard)
}

fn part(index: usize) -> Value {
    let before: Vec<_> = index.checked_sub(5).map(|before| format!("t{before:02}")).into_iter().collect();
    json!({
        "task_id": format!("t{index:02}"),
        "title": format!("Part {index:02} of the service"),
        "description": format!("Work on part {index:02}: read what is there, change what is asked, and say what was found."),
        "specialist_type": SPECIALISTS[index % SPECIALISTS.len()],
        "dependencies": before,
    })
}

fn summary(index: usize) -> String {
    format!("Part {index:02} is done; two findings are in the work.")
}

fn delivery(index: usize) -> Value {
    json!({
        "task_id": format!("t{index:02}"),
        "summary": summary(index),
        "detailed_work": "x".repeat(500),
        "artifact_type": "code",
        "next_action": "complete",
    })
}
