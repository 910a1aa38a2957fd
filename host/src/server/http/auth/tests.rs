use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use http::StatusCode;
use mainstay_tests::{AUDIENCE, Issuer, Signer};
use reqwest::Response;
use serde_json::{Value, json};

use super::{Auth, Ledger, Note, Reach, is_configured};
use crate::config::{Live, OAuthSettings, Role, Settings};
use crate::model::AccessToken;
use crate::plugin::now;
use crate::server::principal::Principal;
use crate::store::{AuditEntry, AuditOutcome, AuditWho, DataDir, HostDb, TokenRow};

/// What is said of an issuer in the settings.
pub(crate) fn of_issuer(issuer: &Issuer) -> OAuthSettings {
    let default = Settings::default().oauth;
    OAuthSettings { issuer: issuer.url.clone(), audience: AUDIENCE.to_owned(), ..default }
}

/// Writes at once.
struct AtOnce(Arc<HostDb>);

impl Ledger for AtOnce {
    fn note(&self, note: Note) {
        note(&self.0).unwrap();
    }
}

/// An endpoint behind the guard, on a port of its own. It says who came, and what of the request it saw.
struct Guarded {
    url: String,
    live: Live,
    db: Arc<HostDb>,
    client: reqwest::Client,
    _root: tempfile::TempDir,
}

impl Guarded {
    async fn start(reach: Reach, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        change(&mut settings);
        let live = Live::new(settings);
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::open(Some(root.path().to_owned())).unwrap();
        let db = Arc::new(HostDb::open(&dir).unwrap());
        let auth = Auth::with_ledger(dir, live.clone(), Arc::new(AtOnce(Arc::clone(&db))));
        let endpoint = auth
            .guard(Router::new().route("/mcp", any(|request: Request| async move { says_who(&request) })), reach)
            .merge(auth.open());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = endpoint.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { url, live, db, client, _root: root }
    }

    async fn beyond() -> Self {
        Self::start(Reach::Beyond, |_| {}).await
    }

    async fn get(&self, path: &str, authorization: &[&str]) -> Response {
        let mut request = self.client.get(format!("{}{path}", self.url));
        for value in authorization {
            request = request.header("authorization", *value);
        }
        request.send().await.unwrap()
    }

    /// Who somebody with that token is; or the status, the word and the words of the refusal.
    async fn comes(&self, token: &str) -> Result<String, (u16, String, String)> {
        answer(self.get("/mcp", &[&format!("Bearer {token}")]).await).await
    }

    fn token(&self, number: u8, role: Role, expires_at: Option<u64>) -> AccessToken {
        let token = AccessToken::new([number; 5], &[number; 32]);
        let row = TokenRow {
            id: token.id().to_owned(),
            name: "editor".to_owned(),
            role,
            created_at: 1,
            expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        assert!(self.db.create_token(&row, &token.hash(), &entry()).unwrap());
        token
    }

    fn failures(&self) -> Vec<AuditEntry> {
        let mut all = self.db.audit(100).unwrap();
        all.retain(|entry| entry.action == "http_authentication");
        all
    }
}

async fn answer(response: Response) -> Result<String, (u16, String, String)> {
    let status = response.status();
    let text = response.text().await.unwrap();
    if status.is_success() {
        return Ok(text);
    }
    let body: Value = serde_json::from_str(&text).unwrap();
    let said = |pointer: &str| body.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    Err((status.as_u16(), said("/error/data/code"), said("/error/message")))
}

fn says_who(request: &Request) -> String {
    let Principal { id, role } = request.extensions().get::<Principal>().unwrap().clone();
    let token = if request.headers().contains_key("authorization") { " with its token" } else { "" };
    format!("{id} {}{token}", role.as_str())
}

fn entry() -> AuditEntry {
    let who = AuditWho {
        client: "mainstay".to_owned(),
        version: "1".to_owned(),
        session: None,
        transport: "command line".to_owned(),
    };
    AuditEntry {
        id: rand::random::<u64>().to_string(),
        at: 1,
        who,
        action: "any".to_owned(),
        arguments: json!({}),
        reason: None,
        outcome: AuditOutcome::Done,
        error_code: None,
        swaps: Vec::new(),
    }
}

#[tokio::test]
async fn without_a_token_only_this_machine_comes_in_and_only_to_look() {
    let local = Guarded::start(Reach::Local, |_| {}).await;
    assert_eq!(local.get("/mcp", &[]).await.text().await.unwrap(), "anonymous user");
    let operator = |settings: &mut Settings| settings.http.anonymous_role = Role::Operator;
    let trusting = Guarded::start(Reach::Local, operator).await;
    assert_eq!(trusting.get("/mcp", &[]).await.text().await.unwrap(), "anonymous operator");

    let strict = Guarded::start(Reach::Local, |settings| settings.http.require_token = true).await;
    for guarded in [strict, Guarded::beyond().await] {
        let refused = guarded.get("/mcp", &[]).await;
        assert_eq!(refused.headers()["www-authenticate"], "Bearer realm=\"mainstay\"");
        assert_eq!(refused.headers()["cache-control"], "no-store");
        let (status, word, words) = answer(refused).await.unwrap_err();
        assert_eq!((status, word.as_str()), (401, "token_required"));
        assert!(words.contains("mainstay token create"), "{words}");
        assert!(guarded.failures().is_empty(), "coming without one is no failure");
    }
}

#[test]
fn only_an_address_of_this_machine_is_local() {
    for (address, reach) in [
        ("127.0.0.1", Reach::Local),
        ("127.1.2.3", Reach::Local),
        ("::1", Reach::Local),
        ("::ffff:127.0.0.1", Reach::Local),
        ("0.0.0.0", Reach::Beyond),
        ("::", Reach::Beyond),
        ("192.168.0.1", Reach::Beyond),
    ] {
        assert_eq!(Reach::of(address.parse().unwrap()), reach, "{address}");
    }
}

#[tokio::test]
async fn a_token_says_who_comes_and_goes_no_further() {
    let guarded = Guarded::beyond().await;
    let operator = guarded.token(1, Role::Operator, None);
    let user = guarded.token(2, Role::User, Some(now() + 60_000));
    assert_eq!(guarded.comes(operator.reveal()).await.unwrap(), format!("token:{} operator", operator.id()));
    assert_eq!(guarded.comes(user.reveal()).await.unwrap(), format!("token:{} user", user.id()));
    let lower = guarded.get("/mcp", &[&format!("bearer   {}", user.reveal())]).await;
    assert_eq!(lower.text().await.unwrap(), format!("token:{} user", user.id()));
}

#[tokio::test]
async fn a_token_that_is_wrong_is_refused_even_where_none_is_needed() {
    let guarded = Guarded::start(Reach::Local, |_| {}).await;
    let good = guarded.token(1, Role::User, None);
    let other = AccessToken::new([1; 5], &[2; 32]);
    let unknown = AccessToken::new([2; 5], &[1; 32]);
    let expired = guarded.token(3, Role::User, Some(now() - 1));
    let revoked = guarded.token(4, Role::User, None);
    guarded.db.revoke_token(revoked.id(), 1, |_| entry()).unwrap();
    let damaged = format!("{}a", &good.reveal()[..70]);
    for (token, words) in [
        (other.reveal(), "there is no such token here"),
        (unknown.reveal(), "there is no such token here"),
        (expired.reveal(), "the token has expired: ask for a new one"),
        (revoked.reveal(), "the token was revoked"),
        (&damaged, "the token is damaged: its last letters do not fit the others: it was not copied as it is"),
        ("mst_1", "the token is damaged: it is too long, too short, or has letters that no token has"),
        ("eyJhbGciOiJub25lIn0.e30.", "the token is not one that this host made, and the host trusts no other issuer"),
    ] {
        let refused = guarded.get("/mcp", &[&format!("Bearer {token}")]).await;
        let challenge = refused.headers()["www-authenticate"].to_str().unwrap().to_owned();
        let expected = format!("Bearer realm=\"mainstay\", error=\"invalid_token\", error_description=\"{words}\"");
        assert_eq!(challenge, expected);
        assert_eq!(answer(refused).await.unwrap_err(), (401, "invalid_token".to_owned(), words.to_owned()));
    }
}

#[tokio::test]
async fn a_token_that_is_taken_back_lets_nobody_in_from_then_on() {
    let guarded = Guarded::beyond().await;
    let token = guarded.token(1, Role::User, None);
    for _ in 0..3 {
        guarded.comes(token.reveal()).await.unwrap();
    }
    guarded.db.revoke_token(token.id(), 1, |_| entry()).unwrap();
    assert_eq!(guarded.comes(token.reveal()).await.unwrap_err().2, "the token was revoked");
}

#[tokio::test]
async fn use_of_a_token_is_noted_to_ten_minutes() {
    let guarded = Guarded::beyond().await;
    let token = guarded.token(1, Role::User, None);
    guarded.comes(token.reveal()).await.unwrap();
    let noted = guarded.db.tokens().unwrap()[0].last_used_at.unwrap();
    assert!(noted % 600_000 == 0 && now() - noted < 660_000, "{noted}");
}

#[tokio::test]
async fn what_is_no_way_to_send_a_token_is_refused() {
    let guarded = Guarded::start(Reach::Local, |_| {}).await;
    let token = guarded.token(1, Role::User, None);
    let bearer = format!("Bearer {}", token.reveal());
    let in_address = [
        format!("/mcp?access_token={}", token.reveal()),
        format!("/mcp?a=1&TOKEN={}", token.reveal()),
        format!("/mcp?key={}", token.reveal()),
    ];
    for path in &in_address {
        // Beside one that is good, too.
        let (status, word, words) = answer(guarded.get(path, &[&bearer]).await).await.unwrap_err();
        assert_eq!((status, word.as_str()), (400, "invalid_request"), "{words}");
        assert!(words.contains("does not belong into the address"), "{words}");
    }
    let long = format!("Bearer {}", "a".repeat((16 << 10) + 1));
    for (headers, status) in [
        (vec![bearer.as_str(), bearer.as_str()], 400),
        (vec!["Bearer"], 400),
        (vec!["Bearer "], 400),
        (vec![token.reveal()], 400),
        (vec!["Bearer a b"], 400),
        (vec!["Bearer a,b"], 400),
        (vec!["Bearer \u{e4}"], 400),
        (vec![long.as_str()], 400),
        (vec!["Basic YTpi"], 401),
    ] {
        let refused = answer(guarded.get("/mcp", &headers).await).await.unwrap_err();
        assert_eq!((refused.0, refused.1.as_str()), (status, "invalid_request"), "{refused:?}");
    }
}

#[tokio::test]
async fn who_fails_all_the_time_waits_and_nobody_else_does() {
    let guarded = Guarded::beyond().await;
    let good = guarded.token(1, Role::User, None);
    for _ in 0..30 {
        assert_eq!(guarded.comes("mst_1").await.unwrap_err().0, 401);
    }
    let refused = guarded.get("/mcp", &["Bearer mst_1"]).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    // From the same address.
    guarded.comes(good.reveal()).await.unwrap();
    let failures = guarded.failures();
    assert_eq!(failures.len(), 1, "31 failures are one row");
    let row = &failures[0];
    assert_eq!(
        (row.outcome, row.who.client.as_str(), row.who.transport.as_str()),
        (AuditOutcome::Denied, "127.0.0.1", "http")
    );
    assert_eq!(row.error_code.as_deref(), Some("INVALID_TOKEN"));
}

#[tokio::test]
async fn what_was_sent_is_repeated_nowhere() {
    let guarded = Guarded::start(Reach::Local, |_| {}).await;
    let secret = "s3cr3t".repeat(8);
    for (path, headers) in [
        ("/mcp", vec![format!("Bearer mst_{secret}")]),
        ("/mcp", vec![format!("Bearer {secret}.{secret}.{secret}")]),
        ("/mcp", vec![format!("Basic {secret}")]),
        (&format!("/mcp?access_token={secret}"), vec![]),
    ] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let refused = guarded.get(path, &headers).await;
        assert!(refused.status().is_client_error());
        assert!(!format!("{:?}", refused.headers()).contains(&secret));
        assert!(!refused.text().await.unwrap().contains(&secret));
    }
    let rows = format!("{:?}", guarded.db.audit(100).unwrap());
    assert!(rows.contains("http_authentication") && !rows.contains(&secret), "{rows}");
}

#[tokio::test]
async fn who_issues_tokens_is_told_to_everybody() {
    let signer = Signer::ed("a");
    let issuer = Issuer::start(&[&signer]);
    let guarded = Guarded::start(Reach::Local, |settings| settings.oauth = of_issuer(&issuer)).await;
    let well_known = "/.well-known/oauth-protected-resource";
    for path in [well_known.to_owned(), format!("{well_known}/mcp")] {
        let document: Value = guarded.get(&path, &[]).await.json().await.unwrap();
        let expected = json!({
            "resource": AUDIENCE,
            "authorization_servers": [issuer.url],
            "scopes_supported": ["mainstay:use", "mainstay:operate"],
            "bearer_methods_supported": ["header"],
            "resource_name": "Mainstay",
        });
        assert_eq!(document, expected);
    }
    assert_eq!(guarded.get(&format!("{well_known}/other"), &[]).await.status(), StatusCode::NOT_FOUND);
    // Behind something that puts it elsewhere.
    let oauth = OAuthSettings { audience: "https://a.example.com/tools/mcp".to_owned(), ..of_issuer(&issuer) };
    guarded.live.set(Settings { oauth, ..Settings::default() });
    assert!(guarded.get(&format!("{well_known}/tools/mcp"), &[]).await.status().is_success());
    let refused = guarded.get("/mcp", &[]).await;
    let expected = "Bearer realm=\"mainstay\", \
        resource_metadata=\"https://a.example.com/.well-known/oauth-protected-resource/tools/mcp\", scope=\"mainstay:use\"";
    assert_eq!(refused.headers()["www-authenticate"], expected);
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "an issuer is there to be asked, so nobody is anonymous");
    // Without an issuer there is nothing to tell.
    guarded.live.set(Settings::default());
    assert_eq!(guarded.get(well_known, &[]).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn tokens_of_an_issuer_come_in_beside_the_hosts_own() {
    let signer = Signer::ed("a");
    let issuer = Issuer::start(&[&signer]);
    let guarded = Guarded::beyond().await;
    let token = signer.sign(&issuer.claims());
    assert_eq!(guarded.comes(&token).await.unwrap_err().1, "invalid_token", "it is not trusted yet");
    guarded.live.set(Settings { oauth: of_issuer(&issuer), ..Settings::default() });
    assert_eq!(guarded.comes(&token).await.unwrap(), "oauth:anna user");
    let operator = signer.sign(&issuer.claims_with("scope", json!("mainstay:operate")));
    assert_eq!(guarded.comes(&operator).await.unwrap(), "oauth:anna operator");
    let own = guarded.token(1, Role::User, None);
    assert_eq!(guarded.comes(own.reveal()).await.unwrap(), format!("token:{} user", own.id()));

    let without = signer.sign(&issuer.claims_with("scope", json!("openid")));
    let refused = guarded.get("/mcp", &[&format!("Bearer {without}")]).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert!(challenge.contains("scope=\"mainstay:use\", error=\"insufficient_scope\""), "{challenge}");
    assert!(challenge.contains("/.well-known/oauth-protected-resource/mcp\""), "{challenge}");
    let expired = signer.sign(&issuer.claims_with("exp", json!(1)));
    assert_eq!(guarded.comes(&expired).await.unwrap_err().2, "the token has expired: ask for a new one");
}

#[tokio::test]
async fn an_issuer_that_cannot_be_reached_is_the_hosts_problem_and_not_the_tokens() {
    let signer = Signer::ed("a");
    let issuer = Issuer::start(&[&signer]);
    let settings = OAuthSettings { jwks: "http://127.0.0.1:1/keys".to_owned(), ..of_issuer(&issuer) };
    let guarded = Guarded::start(Reach::Local, |all| all.oauth = settings).await;
    let refused = guarded.get("/mcp", &[&format!("Bearer {}", signer.sign(&issuer.claims()))]).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after") && !refused.headers().contains_key("www-authenticate"));
    assert!(guarded.failures().is_empty());
}

#[tokio::test]
async fn it_is_known_whether_anybody_could_come() {
    let guarded = Guarded::beyond().await;
    let oauth = Settings::default().oauth;
    assert!(!is_configured(&oauth, &guarded.db).unwrap());
    guarded.token(1, Role::User, Some(1));
    assert!(!is_configured(&oauth, &guarded.db).unwrap());
    guarded.token(2, Role::User, None);
    assert!(is_configured(&oauth, &guarded.db).unwrap());
}
