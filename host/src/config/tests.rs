use super::{Settings, Synchronous};

#[test]
fn the_embedded_defaults_fit_the_settings() {
    let settings = Settings::default();
    assert_eq!(settings.server.message_bytes, 4 << 20);
    assert_eq!(settings.database.synchronous, Synchronous::Full);
}

#[test]
fn a_file_overlays_single_keys() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[entry]\ndeadline_ms = 50\n").unwrap();
    let settings = Settings::load(Some(file.path())).unwrap();
    assert_eq!(settings.entry.deadline_ms, 50);
    assert_eq!(settings.entry.memory_bytes, Settings::default().entry.memory_bytes);
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[entry]\ndeadline = 50\n").unwrap();
    let error = Settings::load(Some(file.path())).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("unknown field `deadline`"), "{source}");
}
