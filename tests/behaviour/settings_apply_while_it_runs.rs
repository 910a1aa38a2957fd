//! Settings are a file that may be edited while clients are connected. What is wrong in it changes nothing.

use std::fs;

use mainstay_tests::relay::{append, version};
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, until};

/// What every file begins with, so that nothing takes long.
const QUICK: &str = "[watch]\nsettle_ms = 20\ngone_ms = 50\n";

#[test]
fn a_policy_that_is_changed_applies_to_the_next_version() -> TestResult {
    let (host, mut client) = relay()?;
    let tools = client.tools()?.len();
    write(&host, "[swap]\npolicy = \"append\"\n")?;
    said(&client, "applies now: swap.policy = \"append\" (was \"strict\")")?;
    fs::copy(guests::RELAY_ADDS_TOOL, host.plugin_file("guest"))?;
    until("the version with another tool serves", || Ok(client.tools()?.len() > tools))
}

#[test]
fn invalid_settings_are_refused_and_what_applied_goes_on() -> TestResult {
    let (host, mut client) = relay()?;
    let tools = client.tools()?;
    write(&host, "[swap]\npolicy = \"append\"\nkep = 3\n")?;
    said(&client, "mainstay.toml:6: there is no setting \\\"swap.kep\\\": did you mean swap.keep?")?;
    fs::copy(guests::RELAY_ADDS_TOOL, host.plugin_file("guest"))?;
    said(&client, "a new version was refused")?;
    assert_eq!(client.tools()?, tools);
    append(&mut client, "a", 2)?;
    write(&host, "[swap]\nkeep = 3\n")?;
    said(&client, "applies now: swap.keep = 3 (was 10)")
}

#[test]
fn what_cannot_apply_at_once_says_what_it_needs_and_the_log_follows() -> TestResult {
    let host = host()?;
    let mut client = host.connect_with(&[])?;
    client.initialize("2025-11-25", &json!({}))?;
    version(&mut client)?;
    write(&host, "[log]\nfilter = \"info\"\n[mailbox]\nentries = 7\n")?;
    said(&client, "needs a restart of the host: mailbox.entries = 7 (was 1024)")?;
    // Only who logs more than warnings says this.
    write(&host, "[log]\nfilter = \"info\"\n[swap]\nkeep = 3\n")?;
    said(&client, "applies now: swap.keep = 3 (was 10)")
}

#[test]
fn claim_0_24_a_limit_that_is_changed_holds_for_the_next_call() -> TestResult {
    let host = PROGRAM.host(guests::SPINS)?.with_settings(&format!("{QUICK}[entry]\ndeadline_ms = 600000\n"))?;
    let mut client = host.connect_saying("info")?;
    client.initialize("2025-11-25", &json!({}))?;
    client.done("marks", json!({}))?;
    write(&host, "[entry]\ndeadline_ms = 200\n")?;
    said(&client, "applies now: entry.deadline_ms = 200")?;
    let stopped = client.call("loop", json!({}))?.tool_error()?;
    assert_eq!(stopped.code, "deadline", "{}", stopped.text);
    Ok(())
}

#[test]
fn a_plugin_in_the_settings_is_served_with_its_configuration() -> TestResult {
    let (host, mut client) = relay()?;
    let file = host.dir().join("more.wasm");
    fs::copy(guests::CONFIGURED, &file)?;
    let settings = |word: &str| format!("[plugins.more]\nfile = \"more.wasm\"\nconfig = {{ word = \"{word}\" }}\n");
    write(&host, &settings("a"))?;
    until("its tool is there", || Ok(client.tools()?.contains(&"configuration".to_owned())))?;
    assert_eq!(configuration(&mut client)?, json!({ "word": "a" }));

    // What it is configured with is nobody else's business.
    write(&host, &settings("b"))?;
    said(&client, "applies when the plugin begins anew: plugins.more.config.word = something (was something)")?;
    guests::with_a_remark(guests::CONFIGURED, "anew", &file)?;
    until("it began anew", || Ok(configuration(&mut client)? == json!({ "word": "b" })))?;

    write(&host, "")?;
    said(&client, "needs a restart of the host: plugins.more.file = nothing")?;
    configuration(&mut client)?;
    drop(client);
    assert!(!host.client()?.tools()?.contains(&"configuration".to_owned()), "it is served without being named");
    Ok(())
}

#[test]
fn a_restart_for_another_configuration_takes_it_up() -> TestResult {
    // Nothing is taken up before that.
    let settings = |file: &str, word: &str| {
        let common = "[watch]\nsettle_ms = 60000\n[swap]\npolicy = \"append\"\n[reboot]\nrestarts_per_minute = 0\n";
        let more = format!("[plugins.more]\nfile = \"more.wasm\"\nconfig.word = \"{word}\"\n");
        format!("{common}[plugins.guest]\nfile = \"{file}\"\n{more}")
    };
    let known = [guests::RELAY_NEXT, guests::CONFIGURED];
    let host = PROGRAM.host(guests::RELAY)?.knowing(&known)?.with_settings(&settings("one.wasm", "a"))?;
    for (guest, file) in
        [(guests::RELAY, "one.wasm"), (guests::RELAY_NEXT, "two.wasm"), (guests::CONFIGURED, "more.wasm")]
    {
        fs::copy(guest, host.dir().join(file))?;
    }
    let host = host.without_plugins()?;
    let mut client = host.client()?;
    assert_eq!((version(&mut client)?.0.as_str(), configuration(&mut client)?), ("1.0.0", json!({ "word": "a" })));
    fs::write(host.dir().join("mainstay.toml"), settings("two.wasm", "b"))?;
    let update = json!({ "reason": "configuration_update" });
    client.reboot("restart_server", update)?;
    client.reboot("restart_server", json!({ "plugin": "guest" }))?;
    client.reboot("restart_server", json!({ "plugin": "more" }))?;
    assert_eq!((version(&mut client)?.0.as_str(), configuration(&mut client)?), ("2.0.0", json!({ "word": "b" })));
    Ok(())
}

#[test]
fn a_plugin_in_the_settings_is_served_from_the_start() -> TestResult {
    let host = PROGRAM.orchestrator()?;
    let place = "[plugins.more]\nfile = \"more.wasm\"\nconfig.deep.number = 7\n";
    let host = host.knowing(&[guests::CONFIGURED])?.with_settings(place)?;
    fs::copy(guests::CONFIGURED, host.dir().join("more.wasm"))?;
    let mut client = host.client()?;
    assert_eq!(configuration(&mut client)?, json!({ "deep": { "number": 7 } }));
    assert!(client.tools()?.len() > 1, "what is built in is served too");
    Ok(())
}

#[test]
fn no_host_starts_with_settings_that_are_invalid() -> TestResult {
    let host = PROGRAM.host(guests::RELAY)?;
    fs::write(host.dir().join("mainstay.toml"), "[swap]\npolcy = \"append\"\n")?;
    for subcommand in ["serve", "config"] {
        let ended = host.run(&[subcommand])?;
        let words = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(6), "{words}");
        assert!(
            words.contains("mainstay.toml:2: there is no setting \"swap.polcy\": did you mean swap.policy?"),
            "{words}"
        );
    }
    Ok(())
}

#[test]
fn every_setting_is_printed_with_where_it_came_from() -> TestResult {
    let host = PROGRAM.host(guests::RELAY)?;
    fs::write(host.dir().join("mainstay.toml"), "[swap]\nkeep = 3\npolicy = \"append\"\n")?;
    let mut command = host.command();
    command.env("MAINSTAY__SWAP__REPLAY", "off").args(["--set", "swap.keep=4", "--log", "error", "config", "--json"]);
    let printed: Value = serde_json::from_slice(&command.output()?.stdout)?;
    let setting = |key: &str| (printed["settings"][key]["value"].clone(), printed["settings"][key]["from"].clone());
    let file = host.dir().join("mainstay.toml");
    assert_eq!(setting("swap.policy"), (json!("append"), json!(format!("{}:3", file.display()))));
    assert_eq!(setting("swap.replay"), (json!("off"), json!("MAINSTAY__SWAP__REPLAY")));
    assert_eq!(setting("swap.keep"), (json!(4), json!("--set swap.keep")));
    assert_eq!(setting("log.filter"), (json!("error"), json!("--log")));
    assert_eq!(setting("watch.poll"), (json!(false), json!("default")));
    assert_eq!(printed["file"], json!(file));

    let table = String::from_utf8(host.run(&["config"])?.stdout)?;
    let line = table.lines().find(|line| line.contains("swap.keep")).unwrap_or_default();
    assert!(line.contains('3') && line.contains("mainstay.toml:2"), "{table}");
    Ok(())
}

fn host() -> anyhow::Result<Host> {
    let known = [guests::RELAY_ADDS_TOOL, guests::CONFIGURED];
    let host = PROGRAM.host(guests::RELAY)?.knowing(&known)?.with_settings(QUICK)?;
    fs::create_dir_all(host.dir().join("plugins"))?;
    fs::copy(guests::RELAY, host.plugin_file("guest"))?;
    host.without_plugins()
}

/// A host of `relay` that says what it does, and a client whose call it has answered.
fn relay() -> anyhow::Result<(Host, Client)> {
    let host = host()?;
    let mut client = host.connect_saying("info")?;
    client.initialize("2025-11-25", &json!({}))?;
    append(&mut client, "a", 1)?;
    Ok((host, client))
}

/// Edits the settings.
fn write(host: &Host, more: &str) -> TestResult {
    Ok(fs::write(host.dir().join("mainstay.toml"), format!("{QUICK}{more}"))?)
}

/// Waits for words in the log.
fn said(client: &Client, words: &str) -> TestResult {
    until(words, || Ok(client.words().contains(words)))
}

fn configuration(client: &mut Client) -> anyhow::Result<Value> {
    Ok(client.done("configuration", json!({}))?["config"].clone())
}
