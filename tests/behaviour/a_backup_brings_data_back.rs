//! A backup is whole whatever goes on meanwhile, and putting it back brings back what it has.

use std::fs;
use std::path::Path;
use std::process::Command;

use mainstay_tests::relay::{append, are, rows};
use mainstay_tests::{Host, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, serving};

#[test]
fn claim_3_4_what_was_there_at_the_backup_is_there_after_it_is_put_back() -> TestResult {
    let host = serving(guests::RELAY)?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    let made = backup(&host, &["guest"])?;
    assert_eq!(made.len(), 1);
    assert_eq!((&made[0]["slot"], &made[0]["generation"]), (&json!("guest"), &json!(1)));
    append(&mut client, "a", 2)?;
    client.kill()?;
    // A host that was killed leaves files beside the database; the help says what is to be done with them.
    for beside in ["-wal", "-shm"] {
        let mut name = host.database().into_os_string();
        name.push(beside);
        drop(fs::remove_file(name));
    }
    fs::copy(made[0]["path"].as_str().unwrap_or_default(), host.database())?;
    let mut client = host.client()?;
    assert_eq!(rows(&mut client)?, are(&[("a", 1, "1.0.0")]));
    append(&mut client, "a", 2)?;
    assert_eq!(rows(&mut client)?, are(&[("a", 1, "1.0.0"), ("a", 2, "1.0.0")]));
    Ok(())
}

#[test]
fn everything_is_copied_and_listed_whether_a_host_is_running_or_not() -> TestResult {
    let host = serving(guests::RELAY)?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    let beside = backup(&host, &[])?;
    client.kill()?;
    let after = backup(&host, &[])?;
    for made in [&beside, &after] {
        let of: Vec<_> = made.iter().map(|one| &one["slot"]).collect();
        assert_eq!(of, [&json!("guest"), &Value::Null]);
        assert!(made.iter().all(|one| one["path"].as_str().is_some_and(|path| Path::new(path).is_file())));
    }
    assert_eq!(backup(&host, &["--list"])?.len(), 4);
    assert_eq!(backup(&host, &["--list", "guest"])?, [after[0].clone(), beside[0].clone()]);
    let kept = backup(&host, &["--keep", "1"])?;
    let listed = backup(&host, &["--list"])?;
    assert_eq!(listed.len(), 2);
    assert!(kept.iter().all(|one| listed.contains(one)), "{listed:?}");
    let table = String::from_utf8(host.run(&["backup", "--list"])?.stdout)?;
    assert!(table.contains("the host itself") && table.contains("guest-"), "{table}");
    Ok(())
}

#[test]
fn what_cannot_be_copied_is_said() -> TestResult {
    let host = PROGRAM.cold_host(guests::RELAY)?;
    for (arguments, words) in [(&["backup"][..], "there is no data"), (&["backup", "--list"], "there are no backups")] {
        let nothing = host.run(arguments)?;
        assert_eq!(nothing.status.code(), Some(0));
        assert!(String::from_utf8(nothing.stdout)?.contains(words));
    }
    let nobody = host.run(&["backup", "nobody"])?;
    assert_eq!(nobody.status.code(), Some(2));
    assert!(String::from_utf8(nobody.stderr)?.contains("no data of slot nobody"));
    fs::write(host.database(), "this is no database, and it is longer than a header of one would be".repeat(20))?;
    let damaged = host.run(&["backup"])?;
    assert_eq!(damaged.status.code(), Some(5), "{damaged:?}");
    let left = fs::read_dir(host.dir().join("backups"))?.count();
    assert_eq!(left, 0, "nothing is left of a copy that failed");
    Ok(())
}

#[test]
fn where_there_is_no_room_nothing_is_left_of_a_copy() -> TestResult {
    let host = serving(guests::RELAY)?;
    let mut client = host.client()?;
    for number in 1..=10 {
        append(&mut client, &"x".repeat(50_000), number)?;
    }
    let plain = host.command();
    let mut command = Command::new("bash");
    // Without the trap the system would end the process at the limit.
    command.args(["-c", "trap '' XFSZ; ulimit -f 256; exec \"$@\"", "bash"]);
    command.arg(plain.get_program()).args(plain.get_args()).args(["backup", "guest"]);
    let output = command.output()?;
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert_eq!(fs::read_dir(host.dir().join("backups"))?.count(), 0);
    assert_eq!(backup(&host, &["guest"])?.len(), 1);
    Ok(())
}

/// Runs the command and returns what it printed as JSON.
fn backup(host: &Host, arguments: &[&str]) -> anyhow::Result<Vec<Value>> {
    let output = host.run(&[&["backup", "--json"], arguments].concat())?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}
