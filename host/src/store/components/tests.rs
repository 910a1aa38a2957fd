use std::fs;

use crate::model::{Digest, SlotName};
use crate::store::DataDir;

fn data() -> (tempfile::TempDir, DataDir) {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(Some(dir.path().join("data"))).unwrap();
    (dir, data)
}

fn kept(data: &DataDir, bytes: &[u8]) -> Digest {
    let digest = Digest::of(bytes);
    data.keep_component(bytes, digest).unwrap();
    digest
}

#[test]
fn what_is_kept_is_found_by_its_digest() {
    let (_dir, data) = data();
    let digest = kept(&data, b"one");
    assert_eq!(kept(&data, b"one"), digest);
    assert_eq!(data.read_component(digest).unwrap().unwrap(), b"one");
    assert!(data.read_component(Digest::of(b"other")).unwrap().is_none());
    assert_eq!(data.component(digest), data.root().join("components").join(format!("{digest}.wasm")));
}

#[test]
fn a_damaged_file_counts_as_missing_and_is_replaced() {
    let (_dir, data) = data();
    let digest = kept(&data, b"one");
    fs::write(data.component(digest), b"on").unwrap();
    assert!(data.read_component(digest).unwrap().is_none());
    kept(&data, b"one");
    assert_eq!(data.read_component(digest).unwrap().unwrap(), b"one");
}

#[test]
fn only_what_is_superfluous_is_dropped() {
    let (_dir, data) = data();
    let (one, two, elsewhere) = (kept(&data, b"one"), kept(&data, b"two"), Digest::of(b"elsewhere"));
    for digest in [one, two, elsewhere] {
        fs::write(data.cached_component(digest, "0123"), b"compiled").unwrap();
    }
    let stranger = data.root().join("components/readme.txt");
    fs::write(&stranger, b"").unwrap();
    data.drop_components_except(&[two]);
    assert!(data.read_component(one).unwrap().is_none());
    assert_eq!(data.read_component(two).unwrap().unwrap(), b"two");
    let cached = |digest| data.cached_component(digest, "0123").exists();
    assert_eq!([one, two, elsewhere].map(cached), [false, true, true]);
    assert!(stranger.exists());
    fs::remove_dir_all(data.root().join("components")).unwrap();
    data.drop_components_except(&[]);
}

#[cfg(unix)]
#[test]
fn kept_components_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_dir, data) = data();
    let path = data.component(kept(&data, b"one"));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
}

#[test]
fn everything_has_its_place() {
    let (_dir, data) = data();
    let slot: SlotName = "notes".parse().unwrap();
    let inside = |path: &str| data.root().join(path);
    assert_eq!(data.plugin_file(&slot), inside("plugins/notes.wasm"));
    assert_eq!(data.plugins_folder(), inside("plugins"));
    assert_eq!(data.host_database(), inside("host.sqlite"));
    assert_eq!(data.control_socket(), inside("control.sock"));
}
