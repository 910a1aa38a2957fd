use super::{Claim, is_url};

#[test]
fn a_url_leaves_this_machine_only_encrypted() {
    for good in [
        "https://login.example.com",
        "https://login.example.com/realms/a/",
        "http://127.0.0.1:8080/a",
        "http://localhost",
        "http://[::1]:80/x",
    ] {
        assert!(is_url(good), "{good}");
    }
    for bad in [
        "http://login.example.com",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1@example.com/",
        "ftp://127.0.0.1/",
        "login.example.com",
        "/jwks",
        "https://",
        "https://a.example.com/?tenant=1",
        "https://a.example.com/#a",
        "https://user:secret@a.example.com/",
        "file:///etc/passwd",
    ] {
        assert!(!is_url(bad), "{bad}");
    }
}

#[test]
fn a_claim_has_a_name_and_perhaps_a_value() {
    let claim = |name: &str, value: Option<&str>| Claim { name: name.to_owned(), value: value.map(str::to_owned) };
    for (text, expected) in [
        ("sub", claim("sub", None)),
        ("tenant=acme", claim("tenant", Some("acme"))),
        ("https://a.example.com/t=a=b", claim("https://a.example.com/t", Some("a=b"))),
        ("empty=", claim("empty", Some(""))),
    ] {
        assert_eq!(text.parse::<Claim>().unwrap(), expected);
    }
    for text in ["", "=a", "a b", "a\n=b"] {
        assert!(text.parse::<Claim>().is_err(), "{text:?}");
    }
}
