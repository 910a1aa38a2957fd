use super::Certificate;
use crate::config::TlsSettings;

fn settings(cert: &str, key: &str) -> TlsSettings {
    TlsSettings { cert: cert.to_owned(), key: key.to_owned() }
}

#[tokio::test]
async fn there_is_none_unless_one_is_named() {
    assert!(Certificate::read(&settings("", "")).await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_no_certificate_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.pem");
    std::fs::write(&path, "nonsense").unwrap();
    let path = path.to_string_lossy().into_owned();
    for cert in [path.as_str(), "/there/is/none.pem"] {
        let error = Certificate::read(&settings(cert, &path)).await.unwrap_err().to_string();
        assert!(error.contains(cert), "{error}");
    }
}
