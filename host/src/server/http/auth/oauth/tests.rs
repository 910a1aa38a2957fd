use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use mainstay_tests::{AUDIENCE, Issuer, Signer};
use serde_json::{Value, json};

use super::OAuth;
use crate::config::{OAuthSettings, Role};
use crate::server::http::auth::refusal::{Invalid, Refusal};
use crate::server::http::auth::tests::of_issuer;
use crate::server::principal::Principal;

fn user(id: &str) -> Result<Principal, Refusal> {
    Ok(Principal { id: id.to_owned(), role: Role::User })
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn a_token_that_the_issuer_signed_lets_in_whatever_kind_its_key_is() {
    let signers = [
        Signer::rsa("a", Algorithm::RS256),
        Signer::rsa("b", Algorithm::PS512),
        Signer::ec("c", Algorithm::ES256),
        Signer::ec("d", Algorithm::ES384),
        Signer::ed("e"),
    ];
    let issuer = Issuer::start(&signers.iter().collect::<Vec<_>>());
    let oauth = OAuth::new(of_issuer(&issuer));
    for signer in &signers {
        assert_eq!(oauth.check(&signer.sign(&issuer.claims())).await, user("oauth:anna"), "{:?}", signer.algorithm);
    }
    assert_eq!(issuer.asked(), 1, "keys are kept");
}

#[tokio::test]
async fn a_token_says_what_it_has_to_say() {
    let signer = Signer::ec("a", Algorithm::ES256);
    let issuer = Issuer::start(&[&signer]);
    let oauth = OAuth::new(of_issuer(&issuer));
    let now = jsonwebtoken::get_current_timestamp();
    let missing = |name: &str| Invalid::Missing(name.to_owned());
    for (name, value, why) in [
        ("exp", json!(now - 31), Invalid::Expired),
        ("exp", json!("soon"), missing("exp")),
        ("exp", Value::Null, missing("exp")),
        ("nbf", json!(now + 60), Invalid::NotYet),
        ("nbf", json!("soon"), missing("nbf")),
        ("aud", json!("https://other.example.com/mcp"), Invalid::Audience),
        ("aud", json!("https://tools.example.com/mcp/other"), Invalid::Audience),
        ("aud", json!("https://tools.example.com"), Invalid::Audience),
        ("aud", json!([]), Invalid::Audience),
        ("aud", Value::Null, missing("aud")),
        ("aud", json!(7), missing("aud")),
        ("iss", json!("https://other.example.com"), Invalid::Issuer),
        ("iss", json!(format!("{}/", issuer.url)), Invalid::Issuer),
        ("iss", json!(["https://other.example.com", issuer.url]), Invalid::Issuer),
        ("iss", Value::Null, missing("iss")),
        ("sub", Value::Null, missing("sub")),
        ("sub", json!(""), missing("sub")),
        ("sub", json!("a\nb"), missing("sub")),
        ("sub", json!("a".repeat(256)), missing("sub")),
        ("sub", json!(7), missing("sub")),
    ] {
        let token = signer.sign(&issuer.claims_with(name, value.clone()));
        assert_eq!(oauth.check(&token).await, Err(why.into()), "{name} = {value}");
    }
    for (name, value) in [
        // Clocks differ.
        ("exp", json!(now - 20)),
        ("nbf", json!(now + 20)),
        ("nbf", Value::Null),
        ("aud", json!(["https://other.example.com/mcp", AUDIENCE])),
        ("aud", json!(format!("{AUDIENCE}/"))),
    ] {
        let token = signer.sign(&issuer.claims_with(name, value.clone()));
        assert_eq!(oauth.check(&token).await, user("oauth:anna"), "{name} = {value}");
    }
}

#[tokio::test]
async fn what_the_issuer_did_not_sign_lets_nobody_in() {
    let (signer, stranger) = (Signer::rsa("a", Algorithm::RS256), Signer::rsa("a", Algorithm::RS256));
    let issuer = Issuer::start(&[&signer]);
    let oauth = OAuth::new(of_issuer(&issuer));
    let claims = issuer.claims();
    let good = signer.sign(&claims);
    assert_eq!(oauth.check(&good).await, user("oauth:anna"));
    let parts: Vec<&str> = good.split('.').collect();
    let (head, body, signature) = (parts[0], parts[1], parts[2]);

    let operator = part(&issuer.claims_with("scope", json!("mainstay:operate")));
    let unsigned = |alg: &str| format!("{}.{body}.", part(&json!({ "alg": alg, "typ": "JWT" })));
    let none_with_signature = format!("{}.{body}.{signature}", part(&json!({ "alg": "nOnE" })));
    // With the text of the public key as a secret, which everybody knows.
    let public = issuer_key_as_secret(&signer);
    let mut confused = Header::new(Algorithm::HS256);
    confused.kid = Some("a".to_owned());
    let confused = encode(&confused, &claims, &EncodingKey::from_secret(public.as_bytes())).unwrap();
    let accepted = of_issuer(&issuer).algorithms.join(" ");
    let critical = format!("{}.{body}.{signature}", part(&json!({ "alg": "RS256", "kid": "a", "crit": ["b64"] })));
    let es256 = format!("{}.{body}.{signature}", part(&json!({ "alg": "ES256", "kid": "a" })));
    let ps256 = format!("{}.{body}.{signature}", part(&json!({ "alg": "PS256", "kid": "a" })));
    let own_key = format!(
        "{}.{body}.{signature}",
        part(&json!({ "alg": "RS256", "kid": "b", "jwk": stranger.public(), "jku": "https://evil.example.com" }))
    );
    for (token, why) in [
        (unsigned("none"), Invalid::NotSigned),
        (unsigned("RS256"), Invalid::NotSigned),
        (none_with_signature, Invalid::NotSigned),
        (confused, Invalid::Algorithm(accepted.clone())),
        (format!("{head}.{operator}.{signature}"), Invalid::Signature),
        (format!("{head}.{body}.{}", &signature[4..]), Invalid::Signature),
        (stranger.sign(&claims), Invalid::Signature),
        (critical, Invalid::Critical),
        (es256, Invalid::UnknownKey),
        (ps256, Invalid::UnknownKey),
        (own_key, Invalid::UnknownKey),
        (format!("{good}.more"), Invalid::NoJwt),
        ("a.b.c".to_owned(), Invalid::NoJwt),
        ("one".to_owned(), Invalid::NoJwt),
        (format!("{}.{body}.{signature}", part(&json!({ "typ": "JWT" }))), Invalid::NoJwt),
        (format!("{}.{body}.{signature}", part(&json!({ "alg": 7 }))), Invalid::NoJwt),
        (format!("{}.{body}.{signature}", part(&json!([]))), Invalid::NoJwt),
    ] {
        assert_eq!(oauth.check(&token).await, Err(why.into()), "{token}");
    }
}

/// As somebody finds it who thinks that the key is one.
fn issuer_key_as_secret(signer: &Signer) -> String {
    signer.public()["n"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_way_to_sign_that_the_settings_do_not_name_does_not_count() {
    let signer = Signer::rsa("a", Algorithm::RS256);
    let issuer = Issuer::start(&[&signer]);
    let settings = OAuthSettings { algorithms: vec!["ES256".to_owned(), "EdDSA".to_owned()], ..of_issuer(&issuer) };
    let refused = OAuth::new(settings).check(&signer.sign(&issuer.claims())).await;
    assert_eq!(refused, Err(Invalid::Algorithm("ES256 EdDSA".to_owned()).into()));
    assert_eq!(issuer.asked(), 0, "nobody is asked for nothing");
}

#[tokio::test]
async fn scopes_say_what_may_be_done() {
    let signer = Signer::ed("a");
    let issuer = Issuer::start(&[&signer]);
    let oauth = OAuth::new(of_issuer(&issuer));
    let operator = Ok(Principal { id: "oauth:anna".to_owned(), role: Role::Operator });
    for (name, value, expected) in [
        ("scope", json!("mainstay:operate"), operator.clone()),
        ("scope", json!("mainstay:use mainstay:operate"), operator.clone()),
        ("scope", json!(["a", "mainstay:use"]), user("oauth:anna")),
        ("scp", json!(["mainstay:operate"]), operator.clone()),
        ("scp", json!("mainstay:operate"), operator),
        ("scope", json!("mainstay:user"), Err(Refusal::Scope)),
        ("scope", json!("xmainstay:use"), Err(Refusal::Scope)),
        ("scope", json!("openid"), Err(Refusal::Scope)),
        ("scope", json!({ "mainstay:use": true }), Err(Refusal::Scope)),
        ("scope", Value::Null, Err(Refusal::Scope)),
    ] {
        let mut claims = issuer.claims_with("scope", Value::Null);
        claims[name] = value.clone();
        assert_eq!(oauth.check(&signer.sign(&claims)).await, expected, "{name} = {value}");
    }
}

#[tokio::test]
async fn what_the_settings_ask_for_has_to_be_in_it() {
    let signer = Signer::ed("a");
    let issuer = Issuer::start(&[&signer]);
    let asked = ["tenant=acme", "groups=staff", "email_verified=true", "jti"];
    let required_claims = asked.iter().map(|claim| claim.parse().unwrap()).collect();
    let oauth = OAuth::new(OAuthSettings { required_claims, ..of_issuer(&issuer) });
    let mut claims = issuer.claims();
    for (name, value) in [
        ("tenant", json!("acme")),
        ("groups", json!(["a", "staff"])),
        ("email_verified", json!(true)),
        ("jti", json!("1")),
    ] {
        let missing = Err(Invalid::Missing(name.to_owned()).into());
        assert_eq!(oauth.check(&signer.sign(&claims)).await, missing);
        claims[name] = json!("another");
        if name != "jti" {
            assert_eq!(oauth.check(&signer.sign(&claims)).await, missing);
        }
        claims[name] = value;
    }
    assert_eq!(oauth.check(&signer.sign(&claims)).await, user("oauth:anna"));
}

#[tokio::test]
async fn a_key_that_is_not_known_is_asked_for_and_not_all_the_time() {
    let (old, new) = (Signer::ed("old"), Signer::ed("new"));
    let issuer = Issuer::start(&[&old]);
    let oauth = OAuth::new(of_issuer(&issuer));
    assert_eq!(oauth.check(&old.sign(&issuer.claims())).await, user("oauth:anna"));
    issuer.publish(&[&old, &new]);
    for number in 0..50 {
        let token = new.sign_as(Some(&format!("guess {number}")), &issuer.claims());
        assert_eq!(oauth.check(&token).await, Err(Invalid::UnknownKey.into()));
    }
    assert_eq!(issuer.asked(), 1, "it was asked a moment ago");
}

#[tokio::test]
async fn many_that_come_at_once_ask_once() {
    let signer = Signer::ed("a");
    let issuer = Issuer::start(&[&signer]);
    let oauth = OAuth::new(of_issuer(&issuer));
    let token = signer.sign(&issuer.claims());
    let all = futures::future::join_all((0..50).map(|_| oauth.check(&token))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(issuer.asked(), 1);
}

/// Otherwise whoever goes again and again would keep the others from new keys.
#[tokio::test]
async fn what_is_asked_for_one_that_goes_is_learnt_all_the_same() {
    let signer = Signer::ed("a");
    let issuer = Issuer::start(&[&signer]);
    let oauth = OAuth::new(of_issuer(&issuer));
    let token = signer.sign(&issuer.claims());
    tokio::select! {
        biased;
        _ = oauth.check(&token) => unreachable!("nobody has answered"),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(oauth.check(&token).await, user("oauth:anna"));
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn keys_may_be_somewhere_that_the_settings_say() {
    let signer = Signer::ed("a");
    let issuer = Issuer::start(&[&signer]);
    issuer.say(json!({}));
    let settings = OAuthSettings { jwks: format!("{}/keys", issuer.url), ..of_issuer(&issuer) };
    assert_eq!(OAuth::new(settings).check(&signer.sign(&issuer.claims())).await, user("oauth:anna"));
}

#[tokio::test]
async fn an_issuer_that_does_not_say_its_keys_is_nobodys_fault_who_comes() {
    let signer = Signer::ed("a");
    let issuer = Issuer::start(&[&signer]);
    let token = signer.sign(&issuer.claims());
    let away = format!("{}/keys", issuer.url);
    for metadata in [
        json!({}),
        json!({ "issuer": "https://other.example.com", "jwks_uri": away }),
        json!({ "issuer": issuer.url, "jwks_uri": "http://keys.example.com/keys" }),
        json!({ "issuer": issuer.url, "jwks_uri": "file:///etc/passwd" }),
        json!({ "issuer": issuer.url, "jwks_uri": format!("{}/nowhere", issuer.url) }),
        json!({ "issuer": issuer.url }),
    ] {
        issuer.say(metadata.clone());
        let refused = OAuth::new(of_issuer(&issuer)).check(&token).await;
        assert!(matches!(refused, Err(Refusal::Unavailable(_))), "{metadata}: {refused:?}");
    }
    issuer.say(json!({ "issuer": issuer.url, "jwks_uri": away }));
    for keys in [json!([]), json!({ "keys": {} }), json!({ "keys": [], "more": "x".repeat(300 << 10) })] {
        issuer.answer(keys);
        let refused = OAuth::new(of_issuer(&issuer)).check(&token).await;
        assert!(matches!(refused, Err(Refusal::Unavailable(_))), "{refused:?}");
    }
    let nobody = OAuthSettings { issuer: "http://127.0.0.1:1".to_owned(), ..of_issuer(&issuer) };
    assert!(matches!(OAuth::new(nobody).check(&token).await, Err(Refusal::Unavailable(_))));
}

#[tokio::test]
async fn keys_that_are_no_use_are_passed_over() {
    let signer = Signer::ed("a");
    let issuer = Issuer::start(&[]);
    let with = |name: &str, value: Value| {
        let mut key = signer.public();
        key[name] = value;
        key
    };
    let token = signer.sign(&issuer.claims());
    let secret = json!({ "kty": "oct", "kid": "a", "k": "c2VjcmV0", "alg": "HS256" });
    let useless = [
        with("use", json!("enc")),
        with("key_ops", json!(["sign"])),
        with("alg", json!("RS256")),
        with("kty", json!("unheard of")),
        with("x", json!(7)),
        secret,
        json!("no key"),
    ];
    issuer.answer(json!({ "keys": useless }));
    assert_eq!(OAuth::new(of_issuer(&issuer)).check(&token).await, Err(Invalid::UnknownKey.into()));
    let mut all = useless.to_vec();
    all.push(signer.public());
    issuer.answer(json!({ "keys": all }));
    assert_eq!(OAuth::new(of_issuer(&issuer)).check(&token).await, user("oauth:anna"));
}

#[tokio::test]
async fn a_token_that_names_no_key_is_tried_with_the_only_one() {
    let (one, other, ec) = (Signer::ed("a"), Signer::ed("b"), Signer::ec("c", Algorithm::ES256));
    let issuer = Issuer::start(&[&one, &ec]);
    let token = one.sign_as(None, &issuer.claims());
    assert_eq!(OAuth::new(of_issuer(&issuer)).check(&token).await, user("oauth:anna"));
    issuer.publish(&[&one, &other, &ec]);
    assert_eq!(OAuth::new(of_issuer(&issuer)).check(&token).await, Err(Invalid::UnknownKey.into()));
}
