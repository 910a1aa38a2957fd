use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, HeaderValue};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{counted, is_local, routes};
use crate::config::{Reloader, Role, Sources};
use crate::plugin::Compiler;
use crate::server::lifecycle::Phase;
use crate::server::principal::Principal;
use crate::server::shared::Shared;
use crate::store::DataDir;
use crate::swap::{Component, Slots};

/// What all clients of a host would share that has one slot, which nobody has opened.
pub(crate) fn shared(dir: &tempfile::TempDir, set: &[&str]) -> Arc<Shared> {
    let sources = set.iter().fold(Sources::default(), |sources, set| sources.with_set(set));
    let loaded = sources.load().unwrap();
    let compiler = Compiler::new("nowhere".into(), loaded.settings.compile.clone());
    let reloader = Reloader::new(sources, loaded);
    let data = DataDir::open(Some(dir.path().to_owned())).unwrap();
    let component = Component::File(dir.path().join("none.wasm"));
    let slots = vec![("guest".parse().unwrap(), component)];
    Shared::new(Arc::new(Slots::new(slots, compiler, reloader.live().clone(), data)), reloader)
}

/// As a request from this machine.
fn local(shared: &Arc<Shared>) -> Router {
    from(shared, "127.0.0.1:9")
}

fn from(shared: &Arc<Shared>, peer: &str) -> Router {
    counted(routes(shared), shared).layer(axum::Extension(ConnectInfo(peer.parse::<SocketAddr>().unwrap())))
}

/// The answer of `router` over a real socket: status, headers and body.
async fn get(router: Router, path: &str, header: &str) -> (u16, String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    server.abort();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_owned(), body.to_owned())
}

#[tokio::test]
async fn a_process_that_answers_is_alive_whatever_else_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(get(from(&shared(&dir, &[]), "192.0.2.1:9"), "/healthz", "").await.0, 200);
}

#[tokio::test]
async fn a_host_that_cannot_be_sent_requests_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let shared = shared(&dir, &[]);
    let reasons = async |shared: &Arc<Shared>| {
        let (status, _, body) = get(from(shared, "192.0.2.1:9"), "/readyz", "").await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &body["ready"]), (503, &Value::Bool(false)));
        let reasons = body["reasons"].as_array().unwrap().clone();
        reasons.iter().map(|reason| reason["reason"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(reasons(&shared).await, ["starting", "not-the-host", "not-open"]);
    shared.lifecycle.enter(Phase::Ready);
    assert_eq!(reasons(&shared).await, ["not-the-host", "not-open"]);
    shared.lifecycle.enter(Phase::Draining);
    assert_eq!(reasons(&shared).await, ["draining", "not-the-host", "not-open"]);
}

#[tokio::test]
async fn metrics_are_for_this_machine_operators_and_whoever_the_settings_let() {
    let dir = tempfile::tempdir().unwrap();
    let shared = shared(&dir, &[]);
    let (status, head, page) = get(local(&shared), "/metrics", "").await;
    assert_eq!(status, 200);
    assert!(head.contains("application/openmetrics-text; version=1.0.0"), "{head}");
    assert!(page.ends_with("# EOF\n"), "{page}");
    assert_eq!(get(local(&shared), "/metrics", "X-Forwarded-For: 192.0.2.1\r\n").await.0, 401, "a proxy's client");
    assert_eq!(get(from(&shared, "192.0.2.1:9"), "/metrics", "").await.0, 401);
    assert_eq!(get(counted(routes(&shared), &shared), "/metrics", "").await.0, 401, "nobody knows where it is from");
    let (_, _, page) = get(local(&shared), "/metrics", "").await;
    assert!(page.contains("mainstay_limit_refusals_total{limit=\"authentication\"} 3\n"), "{page}");
    assert!(page.contains("mainstay_http_requests_total{route=\"/metrics\",status=\"401\"} 3\n"), "{page}");
}

#[tokio::test]
async fn a_token_is_good_for_what_its_role_is() {
    let dir = tempfile::tempdir().unwrap();
    let shared = shared(&dir, &[]);
    let with = |role: Role| {
        let principal = Principal { id: "token:1".to_owned(), role };
        from(&shared, "192.0.2.1:9").layer(axum::Extension(principal))
    };
    assert_eq!(get(with(Role::Operator), "/metrics", "").await.0, 200);
    assert_eq!(get(with(Role::User), "/metrics", "").await.0, 403);
    let public = self::shared(&dir, &["telemetry.metrics_public=true"]);
    assert_eq!(get(from(&public, "192.0.2.1:9"), "/metrics", "").await.0, 200);
}

#[test]
fn this_machine_is_known_under_each_of_its_addresses() {
    let is = |peer: &str, headers: &HeaderMap| {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        is_local(headers, &extensions)
    };
    let none = HeaderMap::new();
    assert!(is("127.0.0.1:1", &none) && is("[::1]:1", &none) && is("[::ffff:127.0.0.1]:1", &none));
    assert!(!is("192.0.2.1:1", &none) && !is("[::ffff:192.0.2.1]:1", &none));
    let proxied = HeaderMap::from_iter([(http::header::FORWARDED, HeaderValue::from_static("for=192.0.2.1"))]);
    assert!(!is("127.0.0.1:1", &proxied));
}
