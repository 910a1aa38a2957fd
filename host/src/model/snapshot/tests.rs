use super::{Snapshot, SnapshotCarried, SnapshotCause, SnapshotContent, SnapshotEntry};
use crate::model::Generation;

/// As the first version wrote them: every later one has to read them.
const META: &str = r#"{"id":"01","slot":"a","generation":4,"plugin":"p","version":"1.0.0","schema":3,"taken_at":5,"why":"swap","entries":2,"secret_entries":1,"bytes":9}"#;
const CONTENT: &str = r#"{"format":1,"carried":{"schema":3,"data":"AP8H"},"entries":[{"key":"a","value":"b25l","secret":false},{"key":"b","value":"","secret":true}]}"#;

fn content() -> SnapshotContent {
    let entry = |key: &str, value: &[u8], secret| SnapshotEntry { key: key.to_owned(), value: value.to_vec(), secret };
    let carried = SnapshotCarried { schema: 3, data: vec![0, 255, 7] };
    SnapshotContent::new(Some(carried), vec![entry("a", b"one", false), entry("b", b"", true)])
}

#[test]
fn what_is_said_of_one_is_read_as_it_was_written() {
    let snapshot: Snapshot = serde_json::from_str(META).unwrap();
    assert_eq!((snapshot.generation, snapshot.why, snapshot.bytes), (Generation(4), SnapshotCause::Swap, 9));
    assert_eq!(serde_json::to_string(&snapshot).unwrap(), META);
}

#[test]
fn what_is_in_one_is_read_as_it_was_written() {
    assert_eq!(serde_json::from_str::<SnapshotContent>(CONTENT).unwrap(), content());
    assert_eq!(serde_json::to_string(&content()).unwrap(), CONTENT);
    serde_json::from_str::<SnapshotContent>(&CONTENT.replace("AP8H", "no base64!")).unwrap_err();
}

#[test]
fn what_is_secret_stays_here_and_is_in_no_log() {
    let shown = content().without_secrets();
    assert_eq!((shown.entries.len(), shown.carried.is_none()), (1, true));
    let logged = format!("{:?} {:?} {:?}", content(), content().entries, content().carried);
    assert!(!logged.contains("one") && !logged.contains("111, 110") && !logged.contains("255"), "{logged}");
}

#[test]
fn each_cause_has_one_word() {
    let all = [
        SnapshotCause::Start,
        SnapshotCause::Swap,
        SnapshotCause::Schedule,
        SnapshotCause::Command,
        SnapshotCause::Restore,
        SnapshotCause::Shutdown,
    ];
    for cause in all {
        assert_eq!(serde_json::to_value(cause).unwrap(), cause.as_str());
    }
}
