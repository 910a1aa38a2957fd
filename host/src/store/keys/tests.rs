use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::model::chain;
use crate::store::{DataDir, DataDirError};

fn data() -> (tempfile::TempDir, DataDir) {
    let root = tempfile::tempdir().unwrap();
    let dir = DataDir::open(Some(root.path().join("data"))).unwrap();
    (root, dir)
}

/// Writes a file with that mode.
fn put(path: &Path, bytes: &[u8], mode: u32) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_key_is_made_once_for_the_owner_alone_and_stays() {
    let (_root, dir) = data();
    let ids = dir.keyring().unwrap().ids();
    assert_eq!((ids.len(), mode(&dir.root().join("key"))), (1, 0o600));
    assert_eq!(dir.keyring().unwrap().ids(), ids);
    assert_ne!(data().1.keyring().unwrap().ids(), ids, "each installation has its own");
}

#[test]
fn a_file_that_a_crash_left_empty_is_made_anew_and_no_other() {
    let (_root, dir) = data();
    let path = dir.root().join("key");
    put(&path, b"", 0o600);
    assert_eq!(dir.keyring().unwrap().ids().len(), 1);
    put(&path, &[200; 31], 0o600);
    let error = dir.keyring().unwrap_err();
    assert!(matches!(error, DataDirError::NoKeys { .. }));
    let said = error.to_string();
    assert!(said.contains("31 bytes") && said.contains("put the right file back"), "{said}");
    assert_eq!(fs::read(&path).unwrap(), [200; 31], "nothing is overwritten");
}

#[test]
fn others_are_kept_from_the_key_in_the_data_directory() {
    let (_root, dir) = data();
    let ids = dir.keyring().unwrap().ids();
    let path = dir.root().join("key");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(dir.keyring().unwrap().ids(), ids);
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_key_file_that_is_named_has_to_be_there_for_the_owner_alone() {
    let (root, dir) = data();
    let path = root.path().join("its key");
    let dir = dir.with_key_file(path.clone());
    let said = chain(&dir.keyring().unwrap_err());
    assert!(said.contains("its key") && said.contains("MAINSTAY_KEY_FILE"), "{said}");
    assert!(!path.exists() && !dir.root().join("key").exists(), "nothing is made in its place");

    let lines = format!("{}\n{}\n", "ab".repeat(32), "cd".repeat(32));
    put(&path, lines.as_bytes(), 0o640);
    let said = dir.keyring().unwrap_err().to_string();
    assert!(said.contains("mode 640") && said.contains("chmod 600"), "{said}");
    assert_eq!(mode(&path), 0o640, "it is not ours to change");

    put(&path, lines.as_bytes(), 0o400);
    assert_eq!(dir.keyring().unwrap().ids().len(), 2);
    fs::remove_file(&path).unwrap();
    put(&path, &[200; 96], 0o600);
    assert_eq!(dir.keyring().unwrap().ids().len(), 3);
    fs::write(&path, b"").unwrap();
    assert!(matches!(dir.keyring(), Err(DataDirError::NoKeys { .. })), "an empty one is not made anew");
    assert!(!dir.root().join("key").exists());
}
