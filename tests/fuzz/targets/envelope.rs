//! What is sealed at rest: files of keys, sealed values, and snapshots. Nothing opens that is not exactly what was sealed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mainstay::seal::{Form, Keyring, Sealer};
use mainstay::store::SnapshotError;
use mainstay::store::fuzz::{open, sealer};

/// The newest of two keys, as in `tests/golden/key` after a rotation.
static SEALER: LazyLock<Sealer> = LazyLock::new(|| {
    let older = Keyring::of([7; 32]);
    sealer(&older.with([8; 32].into()).expect("two keys are not too many"))
});
const META: &str = r#"{"id":"a","slot":"s","generation":1,"plugin":"p","version":"1.0.0","schema":1,"taken_at":1,"why":"swap","entries":0,"secret_entries":0,"bytes":0}"#;

fuzz_target!(|bytes: &[u8]| {
    keys(bytes);
    foreign(bytes);
    changed(bytes);
    snapshot(bytes);
});

/// Keys that are read can be written and read again, and what is refused is not repeated.
fn keys(bytes: &[u8]) {
    let Ok((ring, _)) = Keyring::read(bytes) else { return };
    for form in [Form::Raw, Form::Hex] {
        let written = ring.write(form);
        // Keys that are random do not look like digits, and are taken for them if they do.
        if form == Form::Raw && written.iter().all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace()) {
            continue;
        }
        let (again, as_form) = Keyring::read(&written).expect("what was written is keys");
        assert_eq!((again.ids(), as_form), (ring.ids(), form));
    }
}

/// Bytes that nobody sealed.
fn foreign(bytes: &[u8]) {
    for beginning in [b"".as_slice(), b"MSTYSL01", b"MSTYSL02", &SEALER.seal(b"", b"").expect("it is small")[..16]] {
        let sealed = [beginning, bytes].concat();
        assert!(SEALER.open(&sealed, bytes).is_err(), "nobody else seals");
        assert!(SEALER.renew(&sealed, bytes).is_err());
    }
}

/// The first four bytes say where something sealed is changed, and how.
fn changed(bytes: &[u8]) {
    let [high, low, with, cut, plain @ ..] = bytes else { return };
    let sealed = SEALER.seal(plain, b"here").expect("it is small");
    assert_eq!(SEALER.open(&sealed, b"here").as_deref(), Ok(plain));
    assert_eq!(SEALER.renew(&sealed, b"here"), Ok(None), "it is of the newest key");
    assert!(SEALER.open(&sealed, b"there").is_err());
    let mut changed = sealed.clone();
    let at = usize::from(u16::from_be_bytes([*high, *low])) % changed.len();
    changed[at] ^= with;
    changed.truncate(changed.len() - usize::from(*cut) % changed.len());
    if changed != sealed {
        assert!(SEALER.open(&changed, b"here").is_err(), "at {at}");
    }
}

/// A snapshot of whatever content: what this host would not have written is refused by name.
fn snapshot(bytes: &[u8]) {
    // What is said of it, up to a NUL; or always the same.
    let split = bytes.iter().position(|byte| *byte == 0);
    let (meta, plain) = match split {
        Some(at) => (std::str::from_utf8(&bytes[..at]).unwrap_or(META), &bytes[at + 1..]),
        None => (META, bytes),
    };
    let sealed = SEALER.seal(plain, meta.as_bytes()).expect("it is small");
    match open(&SEALER, "a", "s", meta, &sealed) {
        Ok((snapshot, content)) => {
            let meta = serde_json::to_string(&snapshot).expect("it can be written");
            let plain = serde_json::to_vec(&content).expect("it can be written");
            let sealed = SEALER.seal(&plain, meta.as_bytes()).expect("it is small");
            let again = open(&SEALER, "a", "s", &meta, &sealed).expect("what was written opens");
            assert!(again == (snapshot, content), "a snapshot that is written again is the same");
            assert!(open(&SEALER, "b", "s", &meta, &sealed).is_err(), "it is not another's");
        }
        Err(error) => {
            let by_name = matches!(error, SnapshotError::Damaged { .. } | SnapshotError::NewerFormat { .. });
            assert!(by_name, "{error:?}");
        }
    }
}
