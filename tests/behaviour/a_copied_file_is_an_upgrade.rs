//! Whoever copies a new version over the old one has upgraded it, however the copy is made.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use mainstay_tests::relay::{append, rows, version};
use mainstay_tests::{Client, Host, guests};
use serde_json::json;

use crate::{PROGRAM, TestResult, until};

#[test]
fn claim_0_27_a_copy_over_the_file_is_taken_up() -> TestResult {
    for place in [Place::Folder, Place::Named] {
        let (host, mut client) = relay(place)?;
        let file = place.file(&host);
        fs::copy(guests::RELAY_NEXT, &file)?;
        until("the next version serves", || Ok(version(&mut client)?.0 == "2.0.0"))?;
        append(&mut client, "a", 2)?;
        assert_eq!(rows(&mut client)?.len(), 2);
        until("it is in the history", || Ok(host.history("guest")?.len() == 2))?;
        assert_eq!(host.history("guest")?[0].0["origin"], json!({ "kind": "file" }));
        assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    }
    Ok(())
}

#[test]
fn so_is_a_file_that_is_renamed_into_place() -> TestResult {
    for place in [Place::Folder, Place::Named] {
        let (host, mut client) = relay(place)?;
        let beside = host.dir().join("next.tmp");
        for (guest, expected) in [(guests::RELAY_NEXT, "2.0.0"), (guests::RELAY_REORDERS, "2.0.0-reorders")] {
            fs::copy(guest, &beside)?;
            fs::rename(&beside, place.file(&host))?;
            until("the next version serves", || Ok(version(&mut client)?.0 == expected))?;
        }
        until("both are in the history", || Ok(host.history("guest")?.len() == 3))?;
    }
    Ok(())
}

#[test]
fn so_is_a_file_that_is_deleted_and_made_again() -> TestResult {
    for place in [Place::Folder, Place::Named] {
        let (host, mut client) = relay(place)?;
        fs::remove_file(place.file(&host))?;
        assert_eq!(version(&mut client)?.0, "1.0.0", "what serves needs no file");
        fs::copy(guests::RELAY_NEXT, place.file(&host))?;
        until("the next version serves", || Ok(version(&mut client)?.0 == "2.0.0"))?;
        until("it is in the history", || Ok(host.history("guest")?.len() == 2))?;
    }
    Ok(())
}

#[test]
fn a_file_that_is_written_in_pieces_is_taken_up_when_it_is_whole() -> TestResult {
    let (host, mut client) = relay(Place::Folder)?;
    let next = fs::read(guests::RELAY_NEXT)?;
    let mut file = fs::File::create(Place::Folder.file(&host))?;
    let (almost_all, rest) = next.split_at(next.len() - 1);
    for piece in almost_all.chunks(next.len() / 7) {
        file.write_all(piece)?;
        // Longer than it takes to come to rest.
        for _ in 0..20 {
            assert_eq!(version(&mut client)?.0, "1.0.0");
        }
    }
    file.write_all(rest)?;
    until("the next version serves", || Ok(version(&mut client)?.0 == "2.0.0"))?;
    until("it is in the history", || Ok(host.history("guest")?[0].0["origin"]["kind"] == "file"))?;
    assert_eq!(host.history("guest")?.len(), 2, "no piece was tried");
    Ok(())
}

#[test]
fn a_file_that_stays_a_piece_is_refused_with_the_reason_and_a_whole_one_is_taken_up_after_it() -> TestResult {
    let (host, mut client) = relay_set(Place::Folder, "[watch]\nsettle_ms = 20\ngive_up_ms = 100\n")?;
    let next = fs::read(guests::RELAY_NEXT)?;
    fs::write(Place::Folder.file(&host), &next[..next.len() / 2])?;
    until("it is refused", || Ok(host.history("guest")?.len() == 2))?;
    let message = host.history("guest")?[0].refused("load")?;
    assert!(message.contains("damaged"), "{message}");
    assert_eq!(version(&mut client)?.0, "1.0.0");
    fs::write(Place::Folder.file(&host), &next)?;
    until("the next version serves", || Ok(version(&mut client)?.0 == "2.0.0"))
}

#[test]
fn a_bad_file_is_refused_and_what_served_goes_on_even_after_a_restart() -> TestResult {
    let (host, mut client) = relay(Place::Folder)?;
    fs::copy(guests::RELAY_FAILS_SELF_TEST, Place::Folder.file(&host))?;
    until("it is refused", || Ok(host.history("guest")?[0].outcome() == "refused"))?;
    host.history("guest")?[0].refused("self-test")?;
    assert_eq!(version(&mut client)?.0, "1.0.0");
    client.kill()?;
    let mut client = host.client()?;
    assert_eq!(version(&mut client)?.0, "1.0.0");
    assert_eq!(rows(&mut client)?.len(), 1);
    Ok(())
}

#[test]
fn a_file_whose_tools_differ_is_refused_unless_the_settings_allow_it() -> TestResult {
    let (host, client) = relay(Place::Folder)?;
    fs::copy(guests::RELAY_ADDS_TOOL, Place::Folder.file(&host))?;
    until("it is refused", || Ok(host.history("guest")?.len() == 2))?;
    host.history("guest")?[0].refused("drift")?;
    client.close()?;
    let (host, mut client) = relay_set(Place::Folder, "[swap]\npolicy = \"append\"\n")?;
    fs::copy(guests::RELAY_ADDS_TOOL, Place::Folder.file(&host))?;
    client.hear("notifications/tools/list_changed")?;
    assert_eq!(client.tools()?.last().map(String::as_str), Some("greet"));
    Ok(())
}

#[test]
fn the_same_file_again_is_no_swap() -> TestResult {
    let (host, mut client) = relay(Place::Folder)?;
    let file = Place::Folder.file(&host);
    for _ in 0..3 {
        fs::copy(guests::RELAY, &file)?;
        fs::File::open(&file)?.set_modified(std::time::SystemTime::now())?;
        version(&mut client)?;
    }
    // What comes after it has been seen shows that it was looked at.
    fs::copy(guests::RELAY_NEXT, &file)?;
    until("the next version serves", || Ok(version(&mut client)?.0 == "2.0.0"))?;
    until("it is in the history", || Ok(host.history("guest")?.len() == 2))?;
    Ok(())
}

#[test]
fn many_saves_in_a_row_are_one_swap_or_two() -> TestResult {
    let (host, mut client) = relay(Place::Folder)?;
    let file = Place::Folder.file(&host);
    for save in 0..40 {
        guests::with_a_remark(guests::RELAY_REORDERS, &format!("save {save}"), &file)?;
    }
    fs::copy(guests::RELAY_NEXT, &file)?;
    until("the last save serves", || Ok(version(&mut client)?.0 == "2.0.0"))?;
    until("it is in the history", || Ok(host.serves("guest", "2.0.0")? && host.history("guest")?.len() > 1))?;
    let swaps = host.history("guest")?.len() - 1;
    assert!(swaps <= 2, "{swaps} swaps");
    Ok(())
}

#[test]
fn a_file_in_the_folder_takes_the_place_of_what_is_built_in_until_it_is_removed() -> TestResult {
    let host = PROGRAM.orchestrator()?.with_settings("[watch]\nsettle_ms = 20\ngone_ms = 100\n")?;
    let mut client = host.client()?;
    client.call("orchestrator_get_status", json!({}))?;
    let before = host.status("orchestrator")?;
    let file = host.plugin_file("orchestrator");
    fs::write(&file, mainstay::app::ORCHESTRATOR_NEXT)?;
    until("the file serves", || Ok(host.status("orchestrator")?["serving"]["generation"] == 2))?;
    assert_ne!(host.status("orchestrator")?["serving"]["digest"], before["serving"]["digest"]);
    fs::remove_file(&file)?;
    until("what is built in serves", || Ok(host.status("orchestrator")?["serving"]["generation"] == 3))?;
    assert_eq!(host.status("orchestrator")?["serving"]["digest"], before["serving"]["digest"]);
    assert_eq!(host.history("orchestrator")?[0].0["origin"], json!({ "kind": "file" }));
    assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    Ok(())
}

#[test]
fn a_plugin_of_which_nothing_is_built_in_outlives_its_file() -> TestResult {
    let (host, mut client) = relay_set(Place::Folder, "[watch]\nsettle_ms = 20\ngone_ms = 50\n")?;
    fs::remove_file(Place::Folder.file(&host))?;
    until("it is said", || Ok(client.words().contains("its last version goes on")))?;
    assert_eq!(version(&mut client)?.0, "1.0.0");
    Ok(())
}

#[test]
fn a_file_that_came_while_nobody_looked_is_taken_at_the_next_start() -> TestResult {
    let (host, client) = relay(Place::Folder)?;
    client.close()?;
    fs::copy(guests::RELAY_NEXT, Place::Folder.file(&host))?;
    let mut client = host.client()?;
    assert_eq!(version(&mut client)?, ("2.0.0".to_owned(), 1));
    assert_eq!(rows(&mut client)?.len(), 1);
    assert_eq!(host.history("guest")?[0].0["origin"], json!({ "kind": "start" }));
    Ok(())
}

#[test]
fn what_is_not_noticed_is_found_by_looking() -> TestResult {
    let (host, mut client) = relay_set(Place::Folder, "[watch]\nsettle_ms = 20\npoll = true\npoll_ms = 20\n")?;
    fs::copy(guests::RELAY_NEXT, Place::Folder.file(&host))?;
    until("the next version serves", || Ok(version(&mut client)?.0 == "2.0.0"))
}

/// Where a plugin's file is.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the data directory's folder.
    Folder,
    /// Where the command line says.
    Named,
}

impl Place {
    fn file(self, host: &Host) -> std::path::PathBuf {
        match self {
            Self::Folder => host.plugin_file("guest"),
            Self::Named => host.dir().join("a folder/of mine.wasm"),
        }
    }
}

fn relay(place: Place) -> anyhow::Result<(Host, Client)> {
    relay_set(place, "[watch]\nsettle_ms = 20\n")
}

/// A host of a copy of `relay` with a row in its table, and who put it there.
fn relay_set(place: Place, settings: &str) -> anyhow::Result<(Host, Client)> {
    let others = [guests::RELAY_NEXT, guests::RELAY_REORDERS, guests::RELAY_ADDS_TOOL, guests::RELAY_FAILS_SELF_TEST];
    let host = PROGRAM.host(guests::RELAY)?.knowing(&others)?.with_settings(settings)?;
    let file = place.file(&host);
    fs::create_dir_all(file.parent().unwrap_or(Path::new("")))?;
    fs::copy(guests::RELAY, &file)?;
    let host = match place {
        Place::Folder => host.without_plugins()?,
        Place::Named => host.with_plugin(&file.to_string_lossy()),
    };
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    Ok((host, client))
}
