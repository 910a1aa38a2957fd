use std::path::PathBuf;

use super::{Applied, Reloader};
use crate::config::Sources;
use crate::model::drift::Policy;

/// Settings in a file that changes.
struct Changing {
    folder: tempfile::TempDir,
    reloader: Reloader,
}

impl Changing {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(file(&folder), text).unwrap();
        let sources = Sources::default().with_file(file(&folder), false);
        let loaded = sources.load().unwrap();
        Self { folder, reloader: Reloader::new(sources, loaded) }
    }

    fn write(&self, text: &str) -> &Self {
        std::fs::write(file(&self.folder), text).unwrap();
        self
    }

    fn reload(&self) -> Applied {
        self.reloader.reload().unwrap()
    }
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("mainstay.toml")
}

#[test]
fn what_changed_applies_now_or_says_what_it_needs() {
    let changing = Changing::new("[swap]\npolicy = \"append\"\n");
    let applied =
        changing.write("[swap]\nkeep = 3\n[mailbox]\nentries = 7\n[plugins.a.config]\nkey = \"x\"\n").reload();
    let said = "applies now: swap.policy = \"strict\" (was \"append\"), swap.keep = 3 (was 10); \
                applies when the plugin begins anew: plugins.a.config.key = something (was nothing); \
                needs a restart of the host: mailbox.entries = 7 (was 1024)";
    assert_eq!(applied.to_string(), said);
    let settings = changing.reloader.live().get();
    assert_eq!((settings.swap.policy, settings.swap.keep), (Policy::Strict, 3));
    assert_eq!(settings.plugin_config(&"a".parse().unwrap()), r#"{"key":"x"}"#);
    // It is the old value for everybody, not for some.
    assert_eq!(settings.mailbox.entries, 1_024);
}

#[test]
fn what_needs_a_restart_is_said_until_it_is_taken_back() {
    let changing = Changing::new("");
    let pending = changing.write("[mailbox]\nentries = 7\n").reload();
    assert_eq!((pending.at_host_restart.len(), pending.now.len()), (1, 0));
    assert_eq!(changing.reload(), pending);
    assert!(changing.write("").reload().is_empty());
}

#[test]
fn invalid_settings_change_nothing_and_are_kept_in_mind() {
    let changing = Changing::new("[swap]\nkeep = 3\n");
    let seen = changing.reloader.subscribe();
    changing.write("[swap]\nkeep = 4\npolcy = \"force\"\n");
    let error = changing.reloader.reload().unwrap_err().to_string();
    assert!(error.contains("mainstay.toml:3: there is no setting \"swap.polcy\""), "{error}");
    assert_eq!(changing.reloader.problem(), Some(error));
    assert_eq!(changing.reloader.live().get().swap.keep, 3);
    assert!(!seen.has_changed().unwrap());
    changing.write("[swap]\nkeep = 4\n").reload();
    assert_eq!((changing.reloader.problem(), changing.reloader.live().get().swap.keep), (None, 4));
    assert!(seen.has_changed().unwrap());
}

#[test]
fn a_file_that_is_gone_leaves_the_defaults() {
    let changing = Changing::new("[swap]\nkeep = 3\n");
    std::fs::remove_file(file(&changing.folder)).unwrap();
    assert_eq!(changing.reload().now[0].to_string(), "swap.keep = 10 (was 3)");
}

#[test]
fn a_plugin_is_added_now_and_removed_when_the_host_is_started_again() {
    let changing = Changing::new("");
    let added = changing.write("[plugins.a]\nfile = \"a.wasm\"\n").reload();
    assert_eq!((added.now.len(), added.at_host_restart.len()), (1, 0));
    let removed = changing.write("").reload();
    assert_eq!((removed.now.len(), removed.at_host_restart.len()), (0, 1));
    assert_eq!(changing.reloader.live().get().plugins.len(), 1);
}
