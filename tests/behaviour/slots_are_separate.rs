//! Plugins side by side: each has its data, its version and its moments of change, and clients see one list.

use mainstay_tests::relay::{append, rows, version};
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, mark, marks, until};

#[test]
fn all_tools_are_in_one_list_and_each_call_finds_its_slot() -> TestResult {
    let (host, mut client) = relay_and_traps()?;
    let tools = client.tools()?;
    for tool in ["append", "version", "mark", "marks", "panic"] {
        assert_eq!(tools.iter().filter(|name| *name == tool).count(), 1, "{tool} in {tools:?}");
    }
    append(&mut client, "a", 1)?;
    mark(&mut client, "b")?;
    assert_eq!((rows(&mut client)?.len(), marks(&mut client)?), (1, vec!["b".to_owned()]));
    for slot in ["one", "two"] {
        assert!(host.database_of(slot).exists(), "{slot}");
        assert_eq!(host.status(slot)?["serving"]["generation"], 1, "{slot}");
    }
    Ok(())
}

#[test]
fn claim_0_34_swapping_one_does_not_hold_up_the_other() -> TestResult {
    let (host, mut client) = relay_and_traps()?;
    append(&mut client, "a", 1)?;
    mark(&mut client, "before")?;
    for step in ["shadow", "quiesce", "import", "commit"] {
        host.hold(step)?;
    }
    let swap = host.begin_swap("one", guests::RELAY_NEXT, &[])?;
    let mut queued = None;
    let steps = [("shadow", "staging"), ("quiesce", "quiescing"), ("import", "transferring"), ("commit", "committing")];
    for (step, phase) in steps {
        until("the swap is held", || Ok(host.status("one")?["phase"] == phase))?;
        if phase == "quiescing" {
            queued = Some(client.begin_call("append", json!({ "client": "a", "number": 2 }))?);
        }
        mark(&mut client, step)?;
        assert_eq!((&host.status("two")?["phase"], &host.status("two")?["queued"]), (&json!("idle"), &json!(0)));
        host.release(step)?;
    }
    swap.report()?.committed()?;
    let queued = queued.ok_or_else(|| anyhow::anyhow!("nothing was queued"))?;
    assert_eq!(client.answer(queued)?.structured()?["version"], "2.0.0");
    assert_eq!(marks(&mut client)?, ["before", "shadow", "quiesce", "import", "commit"]);
    assert_eq!(host.status("two")?["serving"]["generation"], 1);
    Ok(())
}

#[test]
fn two_swaps_of_two_slots_are_under_way_at_once() -> TestResult {
    let host = PROGRAM.host_of(&[("one", guests::RELAY), ("two", guests::TRAPS)])?;
    let host = host.knowing(&[guests::RELAY_NEXT])?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    mark(&mut client, "before")?;
    let other = host.dir().join("traps.wasm");
    guests::with_a_remark(guests::TRAPS, "another", &other)?;
    host.hold("commit")?;
    let swaps =
        [host.begin_swap("one", guests::RELAY_NEXT, &[])?, host.begin_swap("two", &other.to_string_lossy(), &[])?];
    for slot in ["one", "two"] {
        until("both are at their commit", || Ok(host.status(slot)?["phase"] == "committing"))?;
    }
    host.release("commit")?;
    for swap in swaps {
        swap.report()?.committed()?;
    }
    assert_eq!((version(&mut client)?.0.as_str(), marks(&mut client)?), ("2.0.0", vec!["before".to_owned()]));
    Ok(())
}

#[test]
fn a_plugin_that_fails_leaves_the_other_alone() -> TestResult {
    let (host, mut client) = relay_and_traps()?;
    append(&mut client, "a", 1)?;
    host.swap("one", guests::RELAY_TRAPS_ON_FIRST_CALL, &[])?.committed()?;
    for number in 2..=3 {
        client.call("append", json!({ "client": "a", "number": number }))?.tool_error()?;
    }
    mark(&mut client, "fine")?;
    until("the version before serves again", || host.serves("one", "1.0.0"))?;
    assert_eq!((marks(&mut client)?, host.history("two")?.len()), (vec!["fine".to_owned()], 1));
    Ok(())
}

#[test]
fn a_slot_whose_plugin_cannot_be_loaded_leaves_the_other_alone() -> TestResult {
    let host = PROGRAM.host(guests::TRAPS)?.with_slot("broken", guests::ANOTHER_WORLD);
    let mut client = host.client()?;
    mark(&mut client, "fine")?;
    assert_eq!(marks(&mut client)?, ["fine"]);
    assert!(client.tools()?.contains(&"mark".to_owned()));
    Ok(())
}

#[test]
fn of_two_slots_with_a_tool_of_one_name_the_first_has_it() -> TestResult {
    let host = PROGRAM.host_of(&[("one", guests::RELAY), ("two", guests::CLASH)])?;
    let mut client = host.client()?;
    assert_eq!(append(&mut client, "a", 1)?, "1.0.0");
    assert_eq!(client.tools()?.iter().filter(|name| *name == "append").count(), 1);
    assert!(client.words().contains("append"), "{}", client.words());
    Ok(())
}

#[test]
fn a_slot_is_added_while_clients_are_connected() -> TestResult {
    let host = PROGRAM.host_of(&[("one", guests::RELAY)])?.knowing(&[guests::TRAPS, guests::CLASH])?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    let before = client.tools()?;
    host.swap("two", guests::TRAPS, &[])?.refused("drift")?;
    host.swap("two", guests::CLASH, &["--append"])?.refused("clash")?;
    assert_eq!(host.swap("two", guests::TRAPS, &["--append", "--dry-run"])?.outcome(), "ready");
    assert_eq!((client.tools()?, host.database_of("two").exists()), (before.clone(), false));
    host.swap("two", guests::TRAPS, &["--append"])?.committed()?;
    client.hear("notifications/tools/list_changed")?;
    assert_eq!(client.tools()?[..before.len()], before);
    mark(&mut client, "new")?;
    assert_eq!((marks(&mut client)?, version(&mut client)?.0), (vec!["new".to_owned()], "1.0.0".to_owned()));
    assert_eq!(host.status("two")?["stalled"], Value::Null);
    Ok(())
}

/// Two plugins, called by nobody yet.
fn relay_and_traps() -> anyhow::Result<(Host, Client)> {
    let host = PROGRAM.host_of(&[("one", guests::RELAY), ("two", guests::TRAPS)])?;
    let host = host.knowing(&[guests::RELAY_NEXT, guests::RELAY_TRAPS_ON_FIRST_CALL])?;
    let client = host.client()?;
    Ok((host, client))
}
