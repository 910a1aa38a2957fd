use std::fs;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::mpsc::Receiver;

use super::rest::{File, Look};
use super::stamp::Stamp;
use super::{Change, Of, Targets, WatchError, Watcher, What};
use crate::config::WatchSettings;
use crate::model::{Digest, SlotName};

/// Longer than anything here takes.
const LONG_MS: u64 = 60_000;

fn settings() -> WatchSettings {
    WatchSettings { settle_ms: 20, gone_ms: LONG_MS, give_up_ms: LONG_MS, poll: false, poll_ms: LONG_MS }
}

fn slot(name: &str) -> SlotName {
    name.parse().unwrap()
}

/// A folder that is watched. Contents are whole if they end with a full stop.
struct Watched {
    home: TempDir,
    changes: Receiver<Change>,
    /// The contents that were looked at.
    looks: mpsc::Receiver<String>,
    _watcher: Watcher,
}

impl Watched {
    fn with(settings: WatchSettings, prepare: impl FnOnce(&mut Targets)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("plugins");
        fs::create_dir(&folder).unwrap();
        let mut targets = Targets { folder, longest: 1 << 20, ..Targets::default() };
        prepare(&mut targets);
        let (looked, looks) = mpsc::channel();
        let looks_whole = move |bytes: &[u8]| {
            looked.send(String::from_utf8_lossy(bytes).into_owned()).unwrap();
            bytes.ends_with(b".")
        };
        let (watcher, changes) = Watcher::start(targets, settings, Box::new(looks_whole)).unwrap();
        Self { home, changes, looks, _watcher: watcher }
    }

    fn new() -> Self {
        Self::with(settings(), |_| {})
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("plugins").join(name)
    }

    fn write(&self, name: &str, contents: &str) {
        fs::write(self.path(name), contents).unwrap();
    }

    /// The next change: the slot and what its file has now, nothing if it is gone.
    fn next(&mut self) -> (String, Option<String>) {
        let change = next(&mut self.changes);
        let contents = match change.what {
            What::Settled { bytes, digest } => {
                assert_eq!(digest, Digest::of(&bytes));
                Some(String::from_utf8(bytes).unwrap())
            }
            What::Gone => None,
        };
        let of = match change.of {
            Of::Slot(slot) => slot.to_string(),
            Of::Settings => "the settings".to_owned(),
        };
        (of, contents)
    }

    fn expect(&mut self, contents: &str) {
        assert_eq!(self.next(), ("a".to_owned(), Some(contents.to_owned())));
    }

    fn expect_gone(&mut self) {
        assert_eq!(self.next(), ("a".to_owned(), None));
    }
}

fn next(changes: &mut Receiver<Change>) -> Change {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let change = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), changes.recv()).await });
    change.expect("a change in time").expect("somebody who watches")
}

#[test]
fn a_file_that_is_copied_into_the_folder_is_told() {
    let mut watched = Watched::new();
    watched.write("a.wasm", "one.");
    watched.expect("one.");
    watched.write("a.wasm", "two.");
    watched.expect("two.");
}

#[test]
fn a_file_is_told_with_its_slot_and_path() {
    let mut watched = Watched::new();
    watched.write("some-slot.wasm", "one.");
    let change = next(&mut watched.changes);
    assert_eq!((change.of, change.path), (Of::Slot(slot("some-slot")), watched.path("some-slot.wasm")));
}

#[test]
fn settings_are_told_at_once_whatever_is_in_them() {
    let other = TempDir::new().unwrap();
    let path = other.path().join("mainstay.toml");
    let quick = WatchSettings { gone_ms: 20, ..settings() };
    let mut watched = Watched::with(quick, |targets| targets.settings = Some(path.clone()));
    fs::write(&path, "[swap").unwrap();
    assert_eq!(watched.next(), ("the settings".to_owned(), Some("[swap".to_owned())));
    fs::write(&path, "[swap]").unwrap();
    assert_eq!(watched.next(), ("the settings".to_owned(), Some("[swap]".to_owned())));
    fs::remove_file(&path).unwrap();
    assert_eq!(watched.next(), ("the settings".to_owned(), None));
}

#[test]
fn a_file_written_in_pieces_is_told_when_it_is_whole() {
    use std::io::Write as _;
    let mut watched = Watched::new();
    let mut file = fs::File::create(watched.path("a.wasm")).unwrap();
    for piece in ["in ", "three ", "pieces."] {
        file.write_all(piece.as_bytes()).unwrap();
        // At rest, and looked at; only what it says of itself holds it back.
        assert!(watched.looks.recv().unwrap().ends_with(piece));
    }
    watched.expect("in three pieces.");
}

#[test]
fn a_piece_that_stays_one_is_told_in_the_end() {
    let mut watched = Watched::with(WatchSettings { give_up_ms: 100, ..settings() }, |_| {});
    watched.write("a.wasm", "half");
    watched.expect("half");
}

#[test]
fn a_rename_over_the_file_is_followed_again_and_again() {
    let mut watched = Watched::new();
    for contents in ["one.", "two.", "three."] {
        watched.write(".new", contents);
        fs::rename(watched.path(".new"), watched.path("a.wasm")).unwrap();
        watched.expect(contents);
    }
}

#[test]
fn deleted_and_created_anew_is_one_change() {
    let mut watched = Watched::new();
    watched.write("a.wasm", "one.");
    watched.expect("one.");
    fs::remove_file(watched.path("a.wasm")).unwrap();
    watched.write("a.wasm", "two.");
    watched.expect("two.");
}

#[test]
fn the_last_of_a_storm_of_saves_wins() {
    let mut watched = Watched::new();
    for save in 0..100 {
        watched.write("a.wasm", &format!("{save}."));
    }
    let mut before = None;
    loop {
        let (_, contents) = watched.next();
        assert_ne!(contents, before, "nothing is told twice");
        if contents.as_deref() == Some("99.") {
            break;
        }
        before = contents;
    }
}

#[test]
fn a_save_while_nobody_takes_changes_is_told_later() {
    let mut watched = Watched::new();
    watched.write("a.wasm", "one.");
    // Waits in the channel from some time on; meanwhile there is no room for another.
    while watched.changes.is_empty() {
        std::thread::yield_now();
    }
    watched.write("a.wasm", "two.");
    watched.write("a.wasm", "three.");
    watched.expect("one.");
    while watched.next().1.as_deref() != Some("three.") {}
}

#[test]
fn the_same_contents_are_not_told_twice() {
    let mut watched = Watched::new();
    watched.write("a.wasm", "one.");
    watched.expect("one.");
    watched.write("a.wasm", "one.");
    // What comes first is of what was done last.
    watched.write("b.wasm", "other.");
    assert_eq!(watched.next().0, "b");
    watched.write("a.wasm", "two.");
    watched.expect("two.");
}

#[test]
fn what_the_caller_knows_is_not_told() {
    let mut watched = Watched::with(settings(), |targets| {
        fs::write(targets.folder.join("a.wasm"), "one.").unwrap();
        fs::write(targets.folder.join("b.wasm"), "one.").unwrap();
        targets.known.insert(slot("a"), Digest::of(b"one."));
    });
    assert_eq!(watched.next(), ("b".to_owned(), Some("one.".to_owned())));
    watched.write("a.wasm", "two.");
    watched.expect("two.");
}

#[test]
fn what_changed_before_the_start_is_told() {
    let mut watched = Watched::with(WatchSettings { gone_ms: 20, ..settings() }, |targets| {
        fs::write(targets.folder.join("a.wasm"), "two.").unwrap();
        targets.known.insert(slot("a"), Digest::of(b"one."));
        targets.known.insert(slot("b"), Digest::of(b"one."));
    });
    let mut told = [watched.next(), watched.next()];
    told.sort();
    assert_eq!(told, [("a".to_owned(), Some("two.".to_owned())), ("b".to_owned(), None)]);
}

#[test]
fn a_file_that_stays_away_is_gone_and_may_come_back() {
    let mut watched = Watched::with(WatchSettings { gone_ms: 50, ..settings() }, |_| {});
    watched.write("a.wasm", "one.");
    watched.expect("one.");
    fs::remove_file(watched.path("a.wasm")).unwrap();
    watched.expect_gone();
    watched.write("a.wasm", "one.");
    watched.expect("one.");
}

#[test]
fn only_files_named_after_a_slot_are_looked_at() {
    let mut watched = Watched::new();
    for name in ["A.wasm", ".a.wasm", "a.wasm~", "a.wat", "a b.wasm", ".wasm", "a.wasm.part"] {
        watched.write(name, "no.");
    }
    fs::create_dir(watched.path("b.wasm")).unwrap();
    watched.write("a.wasm", "yes.");
    watched.expect("yes.");
}

#[test]
fn a_file_elsewhere_comes_before_the_one_in_the_folder() {
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("built.wasm");
    let mut watched = Watched::with(settings(), |targets| {
        targets.files.insert(slot("a"), path.clone());
    });
    watched.write("a.wasm", "in the folder.");
    watched.write("b.wasm", "another.");
    assert_eq!(watched.next().0, "b");
    fs::write(&path, "elsewhere.").unwrap();
    watched.expect("elsewhere.");
}

#[test]
fn a_folder_that_is_deleted_and_made_anew_is_still_watched() {
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("release");
    fs::create_dir(&folder).unwrap();
    let path = folder.join("built.wasm");
    let mut watched = Watched::with(WatchSettings { poll_ms: 200, ..settings() }, |targets| {
        targets.files.insert(slot("a"), path.clone());
    });
    for contents in ["one.", "two.", "three."] {
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        fs::write(&path, contents).unwrap();
        watched.expect(contents);
    }
}

#[test]
fn what_nobody_tells_of_is_found_too() {
    for settings in [
        WatchSettings { poll: true, poll_ms: 10, gone_ms: 20, ..settings() },
        // The system tells nothing of what is behind a link.
        WatchSettings { poll_ms: 10, gone_ms: 20, ..settings() },
    ] {
        let elsewhere = tempfile::tempdir().unwrap();
        let path = elsewhere.path().join("real.wasm");
        fs::write(&path, "one.").unwrap();
        let mut watched = Watched::with(settings, |targets| link(&path, &targets.folder.join("a.wasm")));
        watched.expect("one.");
        fs::write(&path, "two.").unwrap();
        watched.expect("two.");
        fs::remove_file(&path).unwrap();
        watched.expect_gone();
    }
}

fn link(path: &std::path::Path, link: &std::path::Path) {
    #[cfg(unix)]
    std::os::unix::fs::symlink(path, link).unwrap();
    #[cfg(not(unix))]
    std::os::windows::fs::symlink_file(path, link).unwrap();
}

#[test]
fn of_a_file_that_is_too_long_a_byte_too_much_is_read() {
    let mut watched = Watched::with(settings(), |targets| targets.longest = 3);
    watched.write("a.wasm", "1.3.5.");
    watched.expect("1.3.");
}

#[test]
fn a_folder_that_does_not_exist_is_named() {
    let home = tempfile::tempdir().unwrap();
    let missing = home.path().join("missing").join("a.wasm");
    let targets =
        Targets { folder: home.path().to_owned(), files: [(slot("a"), missing.clone())].into(), ..Targets::default() };
    let error = Watcher::start(targets, settings(), Box::new(|_| true)).map(drop).unwrap_err();
    assert!(matches!(&error, WatchError::NoFolder { path, .. } if *path == missing), "{error}");
    let targets =
        Targets { folder: home.path().to_owned(), files: [(slot("a"), "/".into())].into(), ..Targets::default() };
    let error = Watcher::start(targets, settings(), Box::new(|_| true)).map(drop).unwrap_err();
    assert!(matches!(error, WatchError::NoFile { .. }), "{error}");
}

#[test]
fn watching_ends_when_nobody_listens() {
    let mut watched = Watched::new();
    watched.write("a.wasm", "one.");
    watched.expect("one.");
    watched.changes.close();
    watched.write("a.wasm", "two.");
    drop(watched);
}

/// A file seen at moments of our choosing, in milliseconds.
struct Seen {
    file: File,
    start: Instant,
    settings: WatchSettings,
}

impl Seen {
    fn new() -> Self {
        let settings = WatchSettings { settle_ms: 100, gone_ms: 1000, give_up_ms: 1000, poll: false, poll_ms: 1000 };
        Self { file: File::default(), start: Instant::now(), settings }
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    fn touch(&mut self, bytes: Option<u64>, ms: u64) {
        let at = self.at(ms);
        self.file.touch(bytes.map(Stamp::sample), at, &self.settings);
    }

    fn look(&mut self, bytes: Option<u64>, ms: u64) -> Look {
        let at = self.at(ms);
        self.file.look(bytes.map(Stamp::sample), at, &self.settings)
    }

    fn read(&mut self, bytes: u64, contents: &str, whole: bool, ms: u64) -> bool {
        let (at, digest) = (self.at(ms), Digest::of(contents.as_bytes()));
        self.file.read(Some(Stamp::sample(bytes)), digest, whole, at, &self.settings)
    }

    fn next(&self) -> Option<u64> {
        let next = self.file.look_at()?.duration_since(self.start).as_millis();
        Some(u64::try_from(next).unwrap())
    }
}

#[test]
fn every_event_and_every_difference_begins_the_wait_anew() {
    let mut seen = Seen::new();
    seen.touch(Some(1), 0);
    seen.touch(Some(1), 50);
    assert_eq!(seen.next(), Some(150));
    assert_eq!(seen.look(Some(2), 150), Look::Wait);
    assert_eq!(seen.next(), Some(250));
    assert_eq!(seen.look(Some(2), 250), Look::Read);
    assert!(!seen.read(3, "changed meanwhile", true, 251));
    assert_eq!(seen.look(Some(3), 351), Look::Read);
    assert!(seen.read(3, "whole", true, 352));
}

#[test]
fn after_it_was_told_a_file_is_looked_at_once_more() {
    let mut seen = Seen::new();
    seen.touch(Some(1), 0);
    assert_eq!(seen.look(Some(1), 100), Look::Read);
    assert!(seen.read(1, "one", true, 100));
    assert_eq!(seen.next(), Some(200));
    assert_eq!(seen.look(Some(1), 200), Look::Read);
    assert!(!seen.read(1, "one", true, 200));
    assert_eq!(seen.next(), None);
}

#[test]
fn the_pauses_between_looks_at_a_piece_grow_and_end() {
    let mut seen = Seen::new();
    seen.touch(Some(1), 0);
    let mut looks = Vec::new();
    while let Some(next) = seen.next() {
        looks.push(next);
        assert_eq!(seen.look(Some(1), next), Look::Read);
        if seen.read(1, "half", false, next) {
            break;
        }
    }
    assert_eq!(looks, [100, 300, 700, 1000]);
    // Told once; more of the same is nothing new.
    seen.touch(Some(1), 2000);
    assert_eq!(seen.look(Some(1), 2100), Look::Read);
    assert!(!seen.read(1, "half", false, 2100));
}

#[test]
fn a_file_is_gone_only_after_a_while_and_only_if_it_was_told() {
    let mut seen = Seen::new();
    seen.touch(None, 0);
    assert_eq!(seen.look(None, 100), Look::Wait);
    assert!(seen.file.is_forgotten());
    seen.touch(Some(1), 200);
    seen.look(Some(1), 300);
    assert!(seen.read(1, "one", true, 300));
    seen.touch(None, 400);
    assert_eq!(seen.look(None, 500), Look::Wait);
    assert_eq!(seen.next(), Some(1400));
    assert_eq!(seen.look(None, 1400), Look::Gone);
    assert!(seen.file.is_forgotten());
}
