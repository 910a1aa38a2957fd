//! When there is enough room.

use std::time::Duration;

use super::{FULL, LOW, Status, check, judge};

#[test]
fn little_room_is_told_and_none_is_a_failure() {
    assert_eq!(judge(LOW).status, Status::Operational);
    assert_eq!(judge(LOW - 1).status, Status::Degraded);
    assert_eq!(judge(FULL - 1).status, Status::Failed);
    assert!(judge(LOW).problem.is_none() && judge(7).problem.unwrap().contains("7 bytes"));
}

#[tokio::test]
async fn the_file_system_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let disk = check(dir.path().to_owned(), Duration::from_secs(5)).await;
    assert_eq!(disk.free_bytes.map(|free| free > 0), Some(true), "{disk:?}");
    let nowhere = check(dir.path().join("nowhere"), Duration::from_secs(5)).await;
    assert_eq!((nowhere.status, nowhere.free_bytes), (Status::Failed, None));
}
