//! Over HTTP whoever has a good token comes in, as far as its role goes, and nobody else.

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use mainstay_tests::{AUDIENCE, Asked, Host, HttpClient, Issuer, Served, Signer, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving, until};

/// A new token: its id and itself.
fn token(host: &Host, role: &str) -> anyhow::Result<(String, String)> {
    let made = host.run(&["token", "create", "--name", role, "--role", role, "--json"])?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let made: Value = serde_json::from_slice(&made.stdout)?;
    let said = |key: &str| made[key].as_str().map(ToOwned::to_owned).with_context(|| format!("no {key}"));
    Ok((said("id")?, said("token")?))
}

/// A list of tools, as somebody with that token asks for it.
fn asked(token: Option<&str>) -> Asked {
    let mut client = HttpClient::modern().with(token);
    client.request("tools/list", &json!({}))
}

/// The status, and the word of a refusal.
fn comes(served: &Served, token: Option<&str>) -> anyhow::Result<(u16, String)> {
    let reply = served.ask(&asked(token))?;
    let word = if reply.status == 200 { Value::Null } else { reply.json()?["error"]["data"]["code"].clone() };
    Ok((reply.status, word.as_str().unwrap_or_default().to_owned()))
}

fn refused(status: u16, word: &str) -> (u16, String) {
    (status, word.to_owned())
}

fn restart(served: &Served, token: Option<&str>) -> anyhow::Result<Value> {
    let mut client = HttpClient::modern().with(token);
    let answer = served.begin(&client.calling("orchestrator_restart_server", &json!({})))?.answer()?;
    let text = answer.result()?["content"][0]["text"].as_str().context("an answer without text")?;
    Ok(serde_json::from_str(text)?)
}

#[test]
fn a_token_lets_in_until_it_is_taken_back() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings("[http]\nrequire_token = true\n")?;
    let served = host.over_http()?;
    assert_eq!(comes(&served, None)?, refused(401, "token_required"));
    let ((id, good), (_, other)) = (token(&host, "user")?, token(&host, "user")?);
    let mut client = served.client_with("2025-11-25", &good)?;
    client.done(&served, "append", &json!({ "client": "a", "number": 1 }))?;
    assert_eq!(comes(&served, Some(&good))?, refused(200, ""));
    // A session is of whoever began it.
    let stranger = client.clone().with(Some(&other));
    assert_eq!(served.ask(&stranger.get(None))?.status, 404);
    until("it is noted that it was used", || {
        let listed: Value = serde_json::from_slice(&host.run(&["token", "list", "--json"])?.stdout)?;
        let listed = listed.as_array().context("no list")?;
        Ok(listed.iter().any(|token| token["id"] == *id && token["last_used_at"].is_u64()))
    })?;
    ensure!(host.run(&["token", "revoke", &id])?.status.success(), "it is taken back");
    assert_eq!(comes(&served, Some(&good))?, refused(401, "invalid_token"));
    assert_eq!(served.ask(&client.calling("version", &json!({})))?.status, 401, "its session is of no use either");
    assert_eq!(comes(&served, Some(&other))?, refused(200, ""));
    let wrong = format!("{}a", &other[..other.len() - 1]);
    assert_eq!(comes(&served, Some(&wrong))?, refused(401, "invalid_token"));
    ensure!(!served.words().contains(&good[13..]) && !served.words().contains(&other[13..]), "no token is in the log");
    Ok(())
}

#[test]
fn operators_restart_and_users_do_not() -> TestResult {
    let host = serving(guests::RELAY)?;
    let served = host.over_http()?;
    let ((_, operator), (_, user)) = (token(&host, "operator")?, token(&host, "user")?);
    served.modern().done(&served, "version", &json!({}))?;
    // Nobody has to have a token on this machine; without one, one may look.
    for token in [None, Some(user.as_str())] {
        assert_eq!(restart(&served, token)?["error_code"], "PERMISSION_DENIED", "{token:?}");
    }
    assert_eq!(restart(&served, Some(&operator))?["success"], true);
    assert_eq!(served.number("mainstay_limit_refusals_total{limit=\"role\"}")?, 2.0);
    assert_eq!(served.number("mainstay_restarts_total{slot=\"guest\",outcome=\"successful\"}")?, 1.0);
    Ok(())
}

#[test]
fn other_addresses_are_listened_at_when_there_is_a_token() -> TestResult {
    let host = serving(guests::RELAY)?;
    let refused_words = host.run(&["serve", "--http", "0.0.0.0:0"])?;
    let words = String::from_utf8_lossy(&refused_words.stderr).into_owned();
    ensure!(!refused_words.status.success() && words.contains("mainstay token create"), "{words}");
    let (_, user) = token(&host, "user")?;
    let served = host.over_http_at("0.0.0.0:0")?;
    let here = |token: Option<&str>| anyhow::Ok(served.ask(&asked(token).header("Host", "localhost"))?.status);
    // From this machine too: who listens to others asks everybody.
    assert_eq!((here(None)?, here(Some(&user))?), (401, 200));
    Ok(())
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn tokens_of_the_issuer_that_the_host_trusts_let_in_and_forged_ones_do_not() -> TestResult {
    let (signer, stranger) = (Signer::rsa("a", Algorithm::RS256), Signer::rsa("a", Algorithm::RS256));
    let issuer = Issuer::start(&[&signer]);
    let host = serving(guests::RELAY)?.with_set(&format!("oauth.issuer=\"{}\"", issuer.url));
    let host = host.with_set(&format!("oauth.audience=\"{AUDIENCE}\""));
    let served = host.over_http()?;
    let claims = issuer.claims();
    let good = signer.sign(&claims);
    assert_eq!(comes(&served, Some(&good))?, refused(200, ""));
    assert_eq!(comes(&served, None)?, refused(401, "token_required"), "with an issuer everybody is asked");
    let of = |name: &str, value: Value| signer.sign(&issuer.claims_with(name, value));
    let unsigned = format!("{}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), part(&claims));
    // With the issuer's public key as the secret, which everybody knows.
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("a".to_owned());
    let public = signer.public().to_string();
    let symmetric = encode(&header, &claims, &EncodingKey::from_secret(public.as_bytes()))?;
    for (what, token) in [
        ("expired", of("exp", json!(1))),
        ("for another audience", of("aud", json!("https://other.example.com/mcp"))),
        ("of another issuer", of("iss", json!("https://other.example.com"))),
        ("not signed", unsigned),
        ("signed with HS256", symmetric),
        ("signed by somebody else", stranger.sign(&claims)),
    ] {
        assert_eq!(comes(&served, Some(&token))?, refused(401, "invalid_token"), "{what}");
    }
    assert_eq!(comes(&served, Some(&of("scope", json!("openid"))))?, refused(403, "insufficient_scope"));
    let operator = of("scope", json!("mainstay:operate"));
    assert_eq!(restart(&served, Some(&good))?["error_code"], "PERMISSION_DENIED");
    assert_eq!(restart(&served, Some(&operator))?["success"], true);
    assert_eq!(issuer.asked(), 1, "whatever anybody sends, its keys are fetched once");
    // A client without a token is told where to get one.
    let reply = served.ask(&asked(None))?;
    let challenge = reply.header("www-authenticate").context("no challenge")?;
    ensure!(challenge.contains("resource_metadata=\""), "{challenge}");
    let metadata = served.ask(&Asked::new("GET").at("/.well-known/oauth-protected-resource/mcp"))?;
    assert_eq!(metadata.json()?["authorization_servers"], json!([issuer.url]), "{metadata:?}");
    Ok(())
}
