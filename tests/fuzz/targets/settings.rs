//! A file of settings, and what is said behind `--set`: read, checked, refused in words, or written again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mainstay::config::fuzz::{load, write};
use mainstay::config::{ConfigError, Place, Sources};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match load(text) {
        Ok(loaded) => {
            let written = write(&loaded);
            let again = load(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
            let values = |loaded: &mainstay::config::Loaded| -> Vec<_> {
                loaded.values().into_iter().map(|(key, valued)| (key.clone(), valued.value.to_string())).collect()
            };
            assert_eq!(values(&loaded), values(&again), "settings that are written are the same");
        }
        Err(error) => is_told(&error, text),
    }
    if let Err(error) = Sources::default().with_set(text).load() {
        is_told(&error, text);
    }
});

/// A refusal says what is wrong and where, a line each, and is no fault of the host's own.
fn is_told(error: &ConfigError, text: &str) {
    let lines = 1..=1 + text.matches('\n').count();
    match error {
        ConfigError::Syntax { line, message, .. } => {
            assert!(lines.contains(line) && !message.contains(char::is_control), "line {line}: {message}");
        }
        ConfigError::Invalid(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                if let Place::File { line, .. } = &problem.at {
                    assert!(lines.contains(line), "{problem}");
                }
                let said = problem.to_string();
                assert!(!problem.what.is_empty() && !said.contains(char::is_control), "{problem:?}");
            }
        }
        ConfigError::Read { .. } | ConfigError::Unfit(_) => panic!("{error:?}"),
    }
}
