use std::time::Duration;

use super::{Action, Schedule, When};

#[test]
fn an_entry_says_when_and_what() {
    let nightly: Schedule = toml::from_str("cron = \"0 3 * * *\"\naction = \"backup\"\nslot = \"a\"").unwrap();
    assert!(matches!(nightly.when, When::Cron(_)), "{nightly:?}");
    assert_eq!((nightly.action, nightly.slot), (Action::Backup, Some("a".parse().unwrap())));
    let idle: Schedule = toml::from_str("idle_minutes = 10\naction = \"restart\"\nreason = \"tidy\"").unwrap();
    assert_eq!((idle.when, idle.reason.as_deref()), (When::Idle(Duration::from_secs(600)), Some("tidy")));
    assert_eq!(idle.slot, None);
}

#[test]
fn an_entry_that_is_none_says_why() {
    for (text, why) in [
        ("action = \"prune\"", "either cron or idle_minutes"),
        ("action = \"prune\"\ncron = \"0 3 * * *\"\nidle_minutes = 1", "either cron or idle_minutes"),
        ("action = \"prune\"\ncron = \"0 3 * *\"", "is no schedule"),
        ("action = \"prune\"\ncron = \"0 99 * * *\"", "is no schedule"),
        ("action = \"prune\"\nidle_minutes = 0", "at least 1"),
        ("action = \"prune\"\nidle_minutes = 9999999", "at most 43200"),
        ("action = \"dance\"\nidle_minutes = 1", "unknown variant `dance`"),
        ("cron = \"0 3 * * *\"", "missing field `action`"),
    ] {
        let error = toml::from_str::<Schedule>(text).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
}
