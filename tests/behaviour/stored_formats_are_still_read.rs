//! What an earlier version has stored, this one reads: each format as it once was, in `tests/golden`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use mainstay::config::Settings;
use mainstay::model::swap::SwapReport;
use mainstay::model::{Generation, SlotName};
use mainstay::seal::Sealer;
use mainstay::server::control::{Event, Request};
use mainstay::store::{DataDir, HostDb, PluginDb};
use mainstay_tests::conformance::{UPDATE, UPDATED, WATCHED, updating};
use mainstay_tests::relay::{are, rows, version};
use mainstay_tests::{Client, Host, HttpClient, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, until};

#[test]
fn a_plugins_file_of_format_1_is_served_and_goes_on() -> TestResult {
    let host = golden(&[("plugin-1.sql", "slots/guest.sqlite")])?;
    let mut client = host.modern_client(&json!({ "elicitation": { "form": {} } }))?;
    assert_eq!(version(&mut client)?, ("1.0.0".to_owned(), 1));
    assert_eq!(rows(&mut client)?, are(&[("a", 1, "1.0.0"), ("a", 2, "1.0.0")]));
    hear_the_word(&mut client)?;
    assert_eq!(status(&host)?["generation"], 4, "it was of generation 3, of another component");
    let database = rusqlite::Connection::open(host.database())?;
    let format: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
    assert_eq!((format, kept(&host)?.as_slice()), (4, b"kept".as_slice()));
    Ok(())
}

#[test]
fn files_of_format_2_and_of_the_host_are_served_and_go_on() -> TestResult {
    let host = golden(&[("plugin-2.sql", "slots/guest.sqlite"), ("host-1.sql", "host.sqlite")])?;
    let mut client = host.modern_client(&json!({ "elicitation": { "form": {} } }))?;
    assert_eq!(version(&mut client)?, ("1.0.0".to_owned(), 5), "four were sealed when the last swap carried them over");
    assert_eq!(rows(&mut client)?, are(&[("a", 1, "1.0.0"), ("a", 2, "1.0.0"), ("a", 3, "2.0.0")]));
    hear_the_word(&mut client)?;
    let names = ["append", "list", "count", "version", "wait_for_word", "spin", "same"];
    assert_eq!(client.tools()?, names, "in the order in which they were published");
    let gone = client.call("greet", json!({}))?.tool_error()?;
    assert_eq!(gone.code, "tool-removed");
    assert_eq!(status(&host)?["generation"], 5);
    assert_eq!(kept(&host)?, b"kept");
    let outcomes: Vec<_> = host.history("guest")?.iter().map(|report| report.outcome().to_owned()).collect();
    let expected = ["committed", "refused", "refused", "committed", "rolled-back", "committed", "committed"];
    assert_eq!(outcomes, expected, "newest first");
    // The calls that were recorded are answered by both versions.
    let report = host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    let replayed = report.0["replay"]["calls"].as_u64().unwrap_or_default();
    ensure!(replayed >= 10, "only {replayed} calls were recorded");
    Ok(())
}

#[test]
fn a_plugins_file_of_format_3_is_served_and_goes_on() -> TestResult {
    let host = golden(&[("plugin-3.sql", "slots/guest.sqlite")])?;
    let mut client = host.modern_client(&json!({ "elicitation": { "form": {} } }))?;
    assert_eq!(version(&mut client)?, ("1.0.0".to_owned(), 7), "six were sealed when the last swap carried them over");
    let before = [("a", 1, "1.0.0"), ("a", 2, "1.0.0"), ("a", 3, "2.0.0"), ("a", 9, "2.0.0")];
    assert_eq!(rows(&mut client)?, are(&before));
    hear_the_word(&mut client)?;
    assert_eq!(status(&host)?["generation"], 7);
    assert_eq!(kept(&host)?, b"kept");
    Ok(())
}

#[test]
fn a_plugins_file_of_format_4_is_served_and_its_tasks_go_on() -> TestResult {
    let host = golden_of(guests::CONFORMANCE, &[("plugin-4.sql", "slots/guest.sqlite")])?;
    let able = json!({ "elicitation": { "form": {} }, "extensions": { "io.modelcontextprotocol/tasks": {} } });
    let mut client = host.modern_client(&able)?;
    let mut get = |task: &str| anyhow::Ok(client.request("tasks/get", json!({ "taskId": task }))?.result()?.clone());
    assert_eq!(get("guest-be59bcc811ef4542a69f17f185a8797a")?["result"]["isError"], true);
    let asking = "guest-292295606503451dacf024f736d4a596";
    let asked = get(asking)?["inputRequests"].as_object().map(serde_json::Map::len);
    assert_eq!(asked, Some(1), "the other question was answered when this was written");
    let answer = json!({ "taskId": asking, "inputResponses": { "second": { "action": "decline" } } });
    client.request("tasks/update", answer)?.result()?;
    until("the task ended", || {
        let task = client.request("tasks/get", json!({ "taskId": asking }))?.result()?.clone();
        Ok(task["status"] == "completed")
    })
}

#[test]
fn a_hosts_file_of_format_2_says_what_it_said() -> TestResult {
    let host = golden(&[("host-2.sql", "host.sqlite")])?;
    let dir = DataDir::open(Some(host.dir().to_owned()))?;
    let db = HostDb::open(&dir)?;
    let slot = "guest".parse::<SlotName>()?;
    assert_eq!((db.history(Some(&slot), 100)?.len(), db.tools()?.len()), (4, 7));
    let totals = db.restarts(100)?;
    assert_eq!(totals.len(), 2, "{totals:?}");
    let audit = db.audit(100)?;
    let restarts = audit.iter().filter(|row| row.action == "orchestrator_restart_server").count();
    assert_eq!((audit.len(), restarts), (5, 2));
    assert_eq!(db.schedule_runs()?.into_values().collect::<Vec<_>>(), [1_795_306_132_000]);
    assert_eq!(db.clients_that_returned()?.len(), 1, "the client came back to the second process");
    assert_eq!(db.tokens()?.len(), 0, "there were none");
    drop(db);
    let kept: Value = serde_json::from_slice(&host.run(&["snapshot", "list", "--json"])?.stdout)?;
    let ids = kept.as_array().into_iter().flatten().filter_map(|one| one["id"].as_str()).collect::<Vec<_>>();
    assert_eq!(ids.len(), 4, "{kept}");
    for id in ids {
        let shown = host.run(&["snapshot", "show", id])?;
        ensure!(shown.status.success(), "{id}: {}", String::from_utf8_lossy(&shown.stderr));
    }
    let mut client = host.client()?;
    version(&mut client)?;
    Ok(())
}

#[test]
fn a_client_over_http_of_format_3_goes_on() -> TestResult {
    let host = golden(&[("host-3.sql", "host.sqlite")])?.with_settings("[http]\nrequire_token = true\n")?;
    let kept: Value = serde_json::from_slice(&fs::read(file("client-of-host-3.json"))?)?;
    let kept = |key: &str| kept[key].as_str().with_context(|| key.to_owned());
    let mut client = HttpClient::again("2025-11-25", kept("token")?, kept("session")?);
    let served = host.over_http()?;
    let resumed = served.begin(&client.get(Some(kept("last_event")?)))?.events()?;
    assert_eq!(resumed.len(), 1, "{resumed:?}");
    assert_eq!(
        (&resumed[0].data["id"], resumed[0].data["result"]["structuredContent"]["version"].as_str()),
        (&json!(3), Some("1.0.0"))
    );
    client.done(&served, "version", &json!({}))?;
    let revoked = HttpClient::again("2025-11-25", kept("revoked")?, kept("session")?);
    assert_eq!(served.ask(&revoked.get(None))?.status, 401);
    let listed: Value = serde_json::from_slice(&host.run(&["token", "list", "--json"])?.stdout)?;
    let states: Vec<_> =
        listed.as_array().into_iter().flatten().map(|token| (&token["name"], &token["state"])).collect();
    ensure!(states.contains(&(&json!("laptop"), &json!("good"))), "{listed}");
    ensure!(states.contains(&(&json!("gone"), &json!("revoked"))), "{listed}");
    Ok(())
}

#[test]
fn what_a_client_over_http_of_format_4_subscribed_to_it_hears_of() -> TestResult {
    let host = golden_of(guests::CONFORMANCE, &[("host-4.sql", "host.sqlite")])?;
    let kept: Value = serde_json::from_slice(&fs::read(file("client-of-host-4.json"))?)?;
    let kept = |key: &str| kept[key].as_str().with_context(|| key.to_owned());
    let mut client = HttpClient::again("2025-11-25", kept("token")?, kept("session")?);
    let served = host.over_http()?;
    let mut stream = served.begin(&client.get(Some(kept("opened")?)))?;
    let mut told = || anyhow::Ok(stream.hear(|said| said["method"] == UPDATED)?.data["params"]["uri"].clone());
    assert_eq!(told()?, WATCHED, "it may have changed meanwhile");
    for text in ["two", "three"] {
        let asked = client.calling(UPDATE, &updating(text, false));
        served.begin(&asked)?.answer()?.result()?;
        assert_eq!(told()?, WATCHED);
    }
    Ok(())
}

#[test]
fn every_table_says_what_it_said() -> TestResult {
    let host = golden(&[("plugin-2.sql", "slots/guest.sqlite"), ("host-1.sql", "host.sqlite")])?;
    let (dir, slot) = (DataDir::open(Some(host.dir().to_owned()))?, "guest".parse::<SlotName>()?);
    let keyring = dir.keyring()?;
    let sealer = Arc::new(DataDir::slot_sealer(&keyring, &slot));
    let plugin = PluginDb::open(&host.database(), &Settings::default().database, 1 << 20, Arc::clone(&sealer))?;
    let active = plugin.activation()?.context("none is active")?;
    assert_eq!((active.generation, active.version.as_str(), active.schema), (Generation(4), "2.0.0", 1));
    assert_eq!(plugin.activations()?.len(), 4);
    assert_eq!(plugin.source()?.map(|source| source.to_string()), Some("0".repeat(64)));
    assert_eq!(plugin.count_waits(mainstay::plugin::now())?, 1);
    let carried = active.carried.context("nothing was carried over")?;
    let opened = sealer.open(&carried.sealed, b"carried into generation 4 at schema 1")?;
    assert_eq!((carried.schema, opened.as_slice()), (1, b"4".as_slice()));

    let db = HostDb::open(&dir)?;
    let history = db.history(Some(&slot), 100)?;
    assert_eq!((history.len(), db.tools()?.len()), (6, 7));
    assert_eq!(db.published_digest(&slot)?, Some(active.digest));
    let tombstone = db.tombstone("greet")?.context("nothing is left of a tool that was removed")?;
    assert_eq!((tombstone.slot.clone(), tombstone.removed_by), (slot.clone(), active.swap));
    let refused = history.first().and_then(|report| report.to.clone()).context("no refused version")?;
    let quarantine = db.quarantined(&slot, refused.digest)?.context("it is not in quarantine")?;
    assert_eq!(quarantine.refusal.code, "start");
    let sealed = db.recording(&slot)?.context("nothing was recorded")?;
    let recorded: Vec<Value> = serde_json::from_slice(&Sealer::new(&keyring, "recorded").open(&sealed, b"guest")?)?;
    assert_eq!(recorded.len(), 10);
    Ok(())
}

#[test]
fn reports_of_swaps_say_what_they_said() -> TestResult {
    let reports: Vec<Value> = serde_json::from_slice(&fs::read(file("reports-1.json"))?)?;
    assert_eq!(reports.len(), 6);
    for report in reports {
        let read: SwapReport = serde_json::from_value(report.clone()).with_context(|| report.to_string())?;
        says(&serde_json::to_value(read)?, &report)?;
    }
    Ok(())
}

#[test]
fn the_control_socket_understands_and_says_what_it_did() -> TestResult {
    let host = PROGRAM.host(guests::RELAY)?;
    let mut client = host.client()?;
    version(&mut client)?;
    let mut control = host.control()?;
    let text = fs::read_to_string(file("control-1.jsonl"))?;
    let mut last = Value::Null;
    for line in text.lines() {
        let said: Value = serde_json::from_str(line)?;
        if said["from"] == "client" {
            last = said["line"].clone();
            // One of a later version is there to be refused.
            ensure!(last["v"] == 2 || serde_json::from_value::<Request>(last.clone()).is_ok(), "{last}");
            continue;
        }
        let event: Event = serde_json::from_value(said["line"].clone()).with_context(|| line.to_owned())?;
        says(&serde_json::to_value(event)?, &said["line"])?;
        // What ends the answer is of the same kind now. The components are not where they were, which is in the report.
        if said["line"]["event"] != "phase" {
            let now = control.ask(&last)?;
            ensure!(now["event"] == said["line"]["event"], "{last}: then {}, now {now}", said["line"]);
        }
    }
    Ok(())
}

/// One as the first format had it, cut off, and one whose other half is of another installation.
#[test]
fn a_compiled_form_that_is_not_whole_is_made_again() -> TestResult {
    for (extension, golden) in [("cwasm", "compiled-1.cwasm"), ("surface", "compiled-2.surface")] {
        let host = PROGRAM.host(guests::RELAY)?;
        let golden = fs::read(file(golden))?;
        let mut replaced = Vec::new();
        for file in fs::read_dir(host.dir().join("cache"))? {
            replaced.push(file?.path());
        }
        replaced.retain(|path| path.extension().is_some_and(|found| found == extension));
        for path in &replaced {
            // In place of the file, which other tests share.
            fs::remove_file(path)?;
            fs::write(path, &golden)?;
        }
        let mut client = host.client()?;
        assert_eq!(version(&mut client)?.0, "1.0.0");
        let made_again = replaced.iter().filter(|path| fs::read(path).is_ok_and(|now| now != golden)).count();
        assert_eq!(made_again, 1, "one {extension} was needed");
    }
    Ok(())
}

/// A host of `relay` on what an earlier version has left: dumps, and the files that they are of.
fn golden(dumps: &[(&str, &str)]) -> anyhow::Result<Host> {
    golden_of(guests::RELAY, dumps)
}

fn golden_of(guest: &str, dumps: &[(&str, &str)]) -> anyhow::Result<Host> {
    let host = PROGRAM.cold_host(guest)?;
    fs::create_dir_all(host.dir().join("slots"))?;
    fs::copy(file("key"), host.dir().join("key"))?;
    for (dump, path) in dumps {
        let database = rusqlite::Connection::open(host.dir().join(path))?;
        database.execute_batch(&fs::read_to_string(file(dump))?).with_context(|| (*dump).to_owned())?;
    }
    Ok(host)
}

/// The value of the key `kept` in the working state.
fn kept(host: &Host) -> anyhow::Result<Vec<u8>> {
    let (dir, slot) = (DataDir::open(Some(host.dir().to_owned()))?, "guest".parse::<SlotName>()?);
    let sealer = Arc::new(DataDir::slot_sealer(&dir.keyring()?, &slot));
    let reader = PluginDb::open_reader(&host.database(), &Settings::default().database, 1 << 20, sealer)?;
    let value = reader.state_get(&["kept".to_owned()])?.pop().flatten();
    value.context("the key is gone")
}

/// A call that waited, in another process and another version, is answered.
fn hear_the_word(client: &mut Client) -> TestResult {
    let state = fs::read_to_string(file("request-state.txt"))?;
    let word = json!({ "action": "accept", "content": { "word": "hello" } });
    let call = json!({
        "name": "wait_for_word",
        "arguments": { "number": 7 },
        "inputResponses": { "word": word },
        "requestState": state.trim(),
    });
    let heard = client.request("tools/call", call)?.structured()?;
    assert_eq!((&heard["asked_by"], &heard["heard_by"]), (&json!("2.0.0"), &json!("1.0.0")));
    let last = rows(client)?.pop();
    assert_eq!(last, are(&[("hello", 7, "1.0.0")]).pop());
    Ok(())
}

/// The version that serves.
fn status(host: &Host) -> anyhow::Result<Value> {
    let mut serving = Value::Null;
    until("a version serves", || {
        serving = host.status("guest")?["serving"].take();
        Ok(!serving.is_null())
    })?;
    Ok(serving)
}

/// Whether all that was said then is said now. Fields may be added.
fn says(now: &Value, then: &Value) -> TestResult {
    match (now, then) {
        (Value::Object(now), Value::Object(then)) => {
            then.iter().try_for_each(|(name, then)| says(now.get(name).unwrap_or(&Value::Null), then))
        }
        (Value::Array(now), Value::Array(then)) if now.len() == then.len() => {
            now.iter().zip(then).try_for_each(|(now, then)| says(now, then))
        }
        _ => {
            ensure!(now == then, "then {then}, now {now}");
            Ok(())
        }
    }
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden").join(name)
}
