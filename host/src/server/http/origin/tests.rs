use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};

use super::Origins;
use crate::config::Settings;

fn origins() -> Origins {
    let mut settings = Settings::default().http;
    settings.hosts = vec!["Mcp.example.com".to_owned(), "other.example.com:8443".to_owned()];
    settings.origins = vec!["https://app.example.com".to_owned(), "null".to_owned()];
    Origins::new(&settings, "192.0.2.7:8420".parse().unwrap())
}

fn status(said: &[(HeaderName, &'static str)]) -> Option<StatusCode> {
    let mut headers = HeaderMap::new();
    for (name, value) in said {
        headers.append(name, HeaderValue::from_static(value));
    }
    origins().check(&Uri::from_static("/mcp"), &headers).err().map(|refusal| refusal.status)
}

#[test]
fn the_host_answers_to_its_own_names() {
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:8420", "[::1]:8420", "192.0.2.7", "mcp.example.com:1"] {
        assert_eq!(status(&[(HOST, host)]), None, "{host}");
    }
    assert_eq!(status(&[(HOST, "other.example.com:8443")]), None);
    for host in ["evil.example.com", "other.example.com", "localhost.evil.example.com", "127.0.0.2", "[::2]", "::1"] {
        assert!(status(&[(HOST, host)]).is_some(), "{host}");
    }
    assert!(status(&[(HOST, "evil@localhost")]).is_some());
    assert_eq!(status(&[]), Some(StatusCode::BAD_REQUEST));
    assert_eq!(status(&[(HOST, "localhost"), (HOST, "evil.example.com")]), Some(StatusCode::BAD_REQUEST));
}

#[test]
fn pages_of_this_machine_and_of_the_settings_may_ask() {
    for origin in ["http://localhost:3000", "http://localhost", "https://[::1]:9", "https://app.example.com", "null"] {
        assert_eq!(status(&[(HOST, "localhost"), (ORIGIN, origin)]), None, "{origin}");
    }
    assert_eq!(status(&[(HOST, "localhost"), (ORIGIN, "https://app.example.com:443")]), None);
    for origin in [
        "http://evil.example.com",
        "https://app.example.com:444",
        "http://app.example.com",
        "http://localhost.evil",
        "",
    ] {
        assert_eq!(status(&[(HOST, "localhost"), (ORIGIN, origin)]), Some(StatusCode::FORBIDDEN), "{origin}");
    }
    let both = [(HOST, "localhost"), (ORIGIN, "http://localhost"), (ORIGIN, "http://evil.example.com")];
    assert_eq!(status(&both), Some(StatusCode::FORBIDDEN));
}

#[test]
fn http_2_says_its_host_elsewhere() {
    let check = |uri| origins().check(&Uri::from_static(uri), &HeaderMap::new());
    assert!(check("http://localhost:8420/mcp").is_ok());
    assert_eq!(check("http://evil.example.com/mcp").unwrap_err().status, StatusCode::FORBIDDEN);
}
