use std::ffi::OsString;
use std::path::PathBuf;

use super::check::TOGETHER;
use super::known::{Allowed, KNOWN};
use super::plugins::OF_ORCHESTRATOR;
use super::{Action, ConfigError, DEFAULTS, Key, Loaded, Place, Settings, Sources, Synchronous, Valued, layer};
use crate::model::drift::Policy;

/// Settings in a file of its own.
struct Written {
    folder: tempfile::TempDir,
}

impl Written {
    fn new(text: &str) -> Self {
        let written = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(written.path(), text).unwrap();
        written
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("mainstay.toml")
    }

    fn sources(&self) -> Sources {
        Sources::default().with_file(self.path(), true)
    }

    fn load(&self) -> Settings {
        self.sources().load().unwrap().settings
    }

    /// What is wrong with it, with the file's name alone.
    fn refused(&self) -> String {
        let error = self.sources().load().unwrap_err().to_string();
        error.replace(&self.path().display().to_string(), "mainstay.toml")
    }
}

fn refused(sources: &Sources) -> String {
    sources.load().unwrap_err().to_string()
}

fn variables(variables: &[(&str, &str)]) -> Sources {
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Sources::default().with_environment(variables)
}

fn valued(loaded: &Loaded, key: &str) -> Valued {
    let values = loaded.values();
    let found = values.into_iter().find(|(known, _)| known.to_string() == key);
    found.map(|(_, valued)| valued.clone()).unwrap()
}

#[test]
fn the_embedded_defaults_fit_the_settings() {
    let settings = Settings::default();
    assert_eq!(settings.server.message_bytes, 4 << 20);
    assert_eq!(settings.database.synchronous, Synchronous::Full);
    assert_eq!(Sources::default().load().unwrap().values().len(), KNOWN.len());
}

#[test]
fn the_table_of_known_keys_has_all_of_them_in_order() {
    let mut defaults: Vec<_> = layer::parse(DEFAULTS).unwrap();
    defaults.sort_by_key(|given| given.line);
    let defaults: Vec<_> = defaults.iter().map(|given| given.key.to_string()).collect();
    let known: Vec<_> = KNOWN.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(defaults, known);
}

#[test]
fn what_the_table_allows_fits_the_types() {
    for (name, allowed, _) in KNOWN {
        let values = match allowed {
            Allowed::Number(least, most) => vec![least.to_string(), most.to_string()],
            Allowed::Words(words) => words.iter().map(|word| format!("{word:?}")).collect(),
            Allowed::Switch => vec!["true".to_owned(), "false".to_owned()],
            Allowed::Listen => vec!["\"\"".to_owned(), "\"[::1]:8420\"".to_owned()],
            Allowed::Path => vec!["\"\"".to_owned(), "\"a.pem\"".to_owned()],
            Allowed::List => vec!["[]".to_owned(), "[\"a\", \"b\"]".to_owned()],
            Allowed::Url => vec!["\"\"".to_owned(), "\"https://a.example.com\"".to_owned()],
            Allowed::Some(words) => vec![format!("{words:?}"), format!("[{:?}]", words[0])],
            Allowed::Claims => vec!["[]".to_owned(), "[\"sub\", \"tenant=acme\"]".to_owned()],
            Allowed::Address => vec!["\"\"".to_owned(), "\"http://127.0.0.1:4318\"".to_owned()],
            Allowed::Filter => vec!["\"\"".to_owned(), "\"info,mainstay=debug\"".to_owned()],
        };
        for value in values {
            let with = TOGETHER.iter().filter(|(key, ..)| key == name).map(|(_, other, _)| *other);
            let set = |sources: Sources, key: &str| sources.with_set(&format!("{key}={value}"));
            with.fold(set(Sources::default(), name), set).load().unwrap();
        }
        if let Allowed::Number(least, most) = allowed {
            for value in [least - 1, most + 1] {
                let error = refused(&Sources::default().with_set(&format!("{name}={value}")));
                assert!(error.contains(&format!("{name} must be a whole number from {least} to {most}")), "{error}");
            }
        }
    }
}

#[test]
fn a_file_overlays_single_keys() {
    let settings = Written::new("[entry]\ndeadline_ms = 50\n").load();
    assert_eq!(settings.entry.deadline_ms, 50);
    assert_eq!(settings.entry.memory_bytes, Settings::default().entry.memory_bytes);
}

#[test]
fn each_layer_overlays_the_one_before_and_is_named() {
    let file = Written::new("\n[swap]\npolicy = \"append\"\nkeep = 3\nquiesce_ms = 7\n");
    let environment = [("MAINSTAY__SWAP__POLICY", "force"), ("MAINSTAY__SWAP__KEEP", "4"), ("PATH", "/bin")];
    let environment = environment.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let sources = file.sources().with_environment(environment).with_set("swap.keep = 5").with_set("swap.replay=off");
    let loaded = sources.load().unwrap();
    assert_eq!((loaded.settings.swap.policy, loaded.settings.swap.keep), (Policy::Force, 5));
    let from = |key| valued(&loaded, key).from;
    assert_eq!(from("swap.quiesce_ms"), Place::File { path: file.path(), line: 5 });
    assert_eq!(from("swap.policy"), Place::Environment("MAINSTAY__SWAP__POLICY".to_owned()));
    assert_eq!(from("swap.keep"), Place::Flag("--set swap.keep".to_owned()));
    assert_eq!(from("swap.replay"), Place::Flag("--set swap.replay".to_owned()));
    assert_eq!(from("swap.publish"), Place::Default);
}

#[test]
fn the_log_has_a_variable_and_a_flag_of_its_own() {
    let both = variables(&[("MAINSTAY_LOG", "debug"), ("MAINSTAY__LOG__FILTER", "info")]);
    assert_eq!(both.load().unwrap().settings.log.filter, "debug");
    let flag = both.with_flag("--log", "log.filter", "error".to_owned()).load().unwrap();
    assert_eq!(valued(&flag, "log.filter").from, Place::Flag("--log".to_owned()));
    assert_eq!(flag.settings.log.filter, "error");
    assert!(refused(&variables(&[("MAINSTAY_LOG", "a=b=c")])).starts_with("MAINSTAY_LOG: log.filter must be a filter"));
}

#[test]
fn unknown_keys_are_refused_together_with_their_lines_and_what_was_meant() {
    let text =
        "[swap]\npolcy = \"append\"\ndeadline_ms = 50\n\n[serer]\ncalls = 1\n[entry]\nzzz = 1\nmemory_bytes = 0\n";
    let error = Written::new(text).refused();
    let mut lines: Vec<_> = error.lines().collect();
    lines.sort_unstable();
    let expected = [
        "mainstay.toml:2: there is no setting \"swap.polcy\": did you mean swap.policy?",
        "mainstay.toml:3: there is no setting \"swap.deadline_ms\": did you mean entry.deadline_ms?",
        "mainstay.toml:5: there is no section \"serer\": did you mean server?",
        "mainstay.toml:8: there is no setting \"entry.zzz\"",
        "mainstay.toml:9: entry.memory_bytes must be a whole number from 65536 to 4294967296, not 0",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_value_of_the_wrong_kind_says_what_is_allowed() {
    for (text, said) in [
        ("[swap]\npolicy = \"apend\"", ":2: swap.policy must be \"strict\" or \"append\" or \"force\", not \"apend\""),
        ("[swap]\nrecord = 1", ":2: swap.record must be true or false, not 1"),
        ("swap = 3", ":1: swap is a table of settings, not 3"),
        ("[swap.policy]\na = 1", ":1: swap.policy must be \"strict\" or \"append\" or \"force\", not a table"),
        ("[[entry]]\na = 1", ":1: entry is a table of settings, not a list"),
        ("schedule = 1", ":1: schedule is a list, not 1: write [[schedule]]"),
        ("[log]\nfilter = \"a=b=c\"", ":2: log.filter must be a filter such as"),
        ("[plugins.a]\nfile = \"\"", ":2: plugins.a.file must be the path of a component, not \"\""),
        ("[plugins.a]\nconfig = 1", ":2: plugins.a.config is a table of settings, not 1"),
        ("[plugins.a.config]\nb = [nan]", ":2: plugins.a.config.b is NaN: JSON has no word for that"),
        ("[plugins.a]\nfiel = \"b\"", ":2: there is no setting \"plugins.a.fiel\": did you mean plugins.a.file?"),
        ("[plugins.\"A B\"]\nfile = \"b\"", ":2: plugins: "),
        ("[swap]\npolicy = \"append\"\npolicy = \"strict\"", ":3: duplicate key"),
        ("[swap", ":1: "),
    ] {
        let error = Written::new(text).refused();
        assert!(error.starts_with("mainstay.toml:"), "{text}: {error}");
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn a_wrong_entry_of_a_schedule_is_told_where_it_begins() {
    let good = "[[schedule]]\ncron = \"0 3 * * *\"\naction = \"backup\"\n";
    let error = Written::new(&format!("{good}\n[[schedule]]\ncorn = \"* * * * *\"\naction = \"prune\"\n")).refused();
    assert!(error.starts_with("mainstay.toml:5: schedule: unknown field `corn`"), "{error}");
    assert_eq!(Written::new(good).load().schedule[0].action, Action::Backup);
    assert!(Sources::default().load().unwrap().settings.schedule.is_empty());
}

#[test]
fn variables_and_flags_are_held_to_the_same() {
    let error = refused(&variables(&[("MAINSTAY__SWAP__POLCY", "append"), ("MAINSTAY__MAILBOX__BATCH", "0")]));
    assert!(error.contains("MAINSTAY__SWAP__POLCY: there is no setting \"swap.polcy\": did you mean swap.policy?"));
    assert!(error.contains("MAINSTAY__MAILBOX__BATCH: mailbox.batch must be a whole number from 1"), "{error}");
    let error = refused(&Sources::default().with_set("swap.polcy=append"));
    assert!(error.starts_with("--set swap.polcy: there is no setting"), "{error}");
    for nothing in ["", "swap.policy", "=3"] {
        let error = refused(&Sources::default().with_set(nothing));
        assert!(error.contains("say KEY=VALUE"), "{nothing}: {error}");
    }
}

#[test]
fn a_file_must_be_there_if_somebody_named_it() {
    let path = Written::new("").path();
    assert!(!path.exists());
    assert!(matches!(Sources::default().with_file(path.clone(), true).load(), Err(ConfigError::Read { .. })));
    assert!(Sources::default().with_file(path, false).load().is_ok());
}

#[test]
fn plugins_are_named_from_the_folder_of_the_file_on() {
    let file = Written::new("[plugins.a]\nfile = \"a.wasm\"\n[plugins.b]\nfile = \"/elsewhere/b.wasm\"\n");
    let settings = file.load();
    let path = |slot: &str| settings.plugins[&slot.parse().unwrap()].file.clone().unwrap();
    assert_eq!(path("a"), file.folder.path().join("a.wasm"));
    assert_eq!(path("b"), PathBuf::from("/elsewhere/b.wasm"));
}

#[test]
fn a_plugin_that_is_named_by_a_flag_takes_the_place_of_the_file_s() {
    let file = Written::new("[plugins.a]\nfile = \"a.wasm\"\nconfig.key = 1\n");
    let slot = "a".parse().unwrap();
    let loaded = file.sources().with_plugin("--plugin", &slot, std::path::Path::new("/here/b.wasm")).load().unwrap();
    assert_eq!(loaded.settings.plugins[&slot].file, Some(PathBuf::from("/here/b.wasm")));
    assert_eq!(loaded.settings.plugin_config(&slot), r#"{"key":1}"#);
    assert_eq!(valued(&loaded, "plugins.a.file").from, Place::Flag("--plugin".to_owned()));
}

#[test]
fn what_a_plugin_is_configured_with_is_json_from_all_layers() {
    let text =
        "[plugins.a.config]\nwords = [\"a\", 1.5]\nsince = 2026-01-02\ndeep = { on = true, off = 1 }\n\"a.b\" = 1\n";
    let sources = Written::new(text);
    let sources = sources.sources().with_set("plugins.a.config.deep.off=2").with_set("plugins.b.config.name=x");
    let settings = sources.load().unwrap().settings;
    let config =
        |slot: &str| serde_json::from_str::<serde_json::Value>(&settings.plugin_config(&slot.parse().unwrap()));
    let expected = serde_json::json!({
        "words": ["a", 1.5], "since": "2026-01-02", "deep": { "on": true, "off": 2 }, "a.b": 1,
    });
    assert_eq!(config("a").unwrap(), expected);
    assert_eq!(config("b").unwrap(), serde_json::json!({ "name": "x" }));
    assert_eq!(settings.plugin_config(&"c".parse().unwrap()), "{}");
}

#[test]
fn keys_are_written_as_toml_has_them() {
    assert_eq!(Key::dotted("swap.policy").to_string(), "swap.policy");
    assert_eq!(Key::dotted("plugins.a.config").with("a b").to_string(), "plugins.a.config.\"a b\"");
}

#[test]
fn files_are_granted_by_the_settings_and_only_the_orchestrator_has_some_without() {
    let patterns = |settings: &Settings, slot: &str| -> Vec<String> {
        settings.file_grants(&slot.parse().unwrap()).iter().map(ToString::to_string).collect()
    };
    let defaults = Settings::default();
    assert_eq!(patterns(&defaults, "orchestrator"), OF_ORCHESTRATOR, "each of them is a pattern");
    assert!(
        OF_ORCHESTRATOR.iter().all(|pattern| DEFAULTS.contains(&format!("{pattern:?}"))),
        "and said where it is read"
    );
    assert!(patterns(&defaults, "other").is_empty());
    let written = Written::new("[plugins.other]\nfiles = [\"docs/*.md\"]\n[plugins.orchestrator]\nfiles = []\n").load();
    assert_eq!(patterns(&written, "other"), ["docs/*.md"]);
    assert!(patterns(&written, "orchestrator").is_empty());
}

#[test]
fn a_pattern_of_files_that_is_none_is_refused() {
    let refused = |value: &str| Written::new(&format!("[plugins.other]\nfiles = {value}\n")).refused();
    let path = refused("[\"ok\", \"../up\"]");
    assert!(path.contains("mainstay.toml:2: plugins.other.files: \"../up\" is no path"), "{path}");
    assert!(refused("\"*.md\"").contains("must be a list of at most 100 patterns, not \"*.md\""));
    assert!(refused("[1]").contains("must be a list of patterns, and 1 is none"));
    let many: Vec<_> = (0..101).map(|number| format!("\"{number}\"")).collect();
    assert!(refused(&format!("[{}]", many.join(","))).contains("at most 100"));
}

#[test]
fn who_issues_tokens_is_said_whole_or_not_at_all() {
    let issuer = "[oauth]\nissuer = \"https://login.example.com\"\n";
    let error = Written::new(issuer).refused();
    assert!(error.starts_with("mainstay.toml:2: oauth.issuer is set, so oauth.audience must be set too"), "{error}");
    let both = format!("{issuer}audience = \"https://tools.example.com/mcp\"\nrequired_claims = [\"tenant=acme\"]\n");
    let oauth = Written::new(&both).load().oauth;
    assert!(oauth.is_on());
    assert_eq!(oauth.required_claims, ["tenant=acme".parse().unwrap()]);
    assert!(!Settings::default().oauth.is_on());
}

#[test]
fn a_certificate_and_its_key_are_named_together() {
    for (set, other) in [("http.tls.cert=a.pem", "http.tls.key"), ("http.tls.key=a.pem", "http.tls.cert")] {
        let error = refused(&Sources::default().with_set(set));
        let key = set.trim_end_matches("=a.pem");
        assert!(error.starts_with(&format!("--set {key}: {key} is set, so {other} must be set too")), "{error}");
    }
    let both = Sources::default().with_set("http.tls.cert=/a.pem").with_set("http.tls.key=/b.pem").load().unwrap();
    assert_eq!(both.settings.http.tls.key, "/b.pem");
}

#[test]
fn what_would_let_anybody_in_is_no_setting() {
    for (set, words) in [
        ("oauth.algorithms=[\"HS256\"]", "a list of some of RS256"),
        ("oauth.algorithms=[\"none\"]", "a list of some of RS256"),
        ("oauth.algorithms=[]", "a list of some of RS256"),
        ("oauth.jwks=http://keys.example.com/jwks", "a URL that begins with https://"),
        ("oauth.issuer=login.example.com", "a URL that begins with https://"),
        ("oauth.audience=https://a.example.com/mcp#here", "no ? and no #"),
        ("oauth.required_claims=[\"=acme\"]", "\"name=value\""),
        ("oauth.leeway_seconds=86400", "from 0 to 600"),
        ("http.anonymous_role=admin", "\"operator\" or \"user\""),
    ] {
        let error = refused(&Sources::default().with_set(set));
        assert!(error.contains(words), "{set}: {error}");
    }
}

#[test]
fn a_value_is_refused_in_one_line() {
    let said = Written::new("swap.policy = \"a\\nb\"\n").refused();
    assert_eq!(said, "mainstay.toml:1: swap.policy must be \"strict\" or \"append\" or \"force\", not \"a\\nb\"");
    let said = Written::new("[[schedule]]\ncron = \"0 1 * * *\"\naction = \"a\\nb\\u001b[2J\"\n").refused();
    assert!(said.starts_with("mainstay.toml:1: schedule: unknown variant `a\\nb\\u{1b}[2J`"), "{said}");
    let said = refused(&Sources::default().with_set("swap.a\nb=1"));
    assert!(said.starts_with("--set swap.a\\nb: "), "{said}");
}

#[test]
fn a_key_is_written_so_that_it_can_be_read() {
    for part in ["a b", "a.b", "", "\"", "a\nb", "\u{0}", "\u{1b}", "\u{7f}", "\u{200b}", "é"] {
        let key = Key::dotted("plugins.p.config").with(part);
        let given = layer::parse(&format!("{key} = 1")).unwrap();
        assert_eq!(given.iter().map(|given| &given.key).collect::<Vec<_>>(), [&key]);
    }
}
