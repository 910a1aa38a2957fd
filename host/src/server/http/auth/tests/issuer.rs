//! An issuer of tokens on this machine, with keys of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
};
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::config::OAuthSettings;

/// Where clients know the host.
pub(crate) const AUDIENCE: &str = "https://tools.example.com/mcp";

/// A key that signs.
pub(crate) struct Signer {
    pub(crate) name: String,
    pub(crate) algorithm: Algorithm,
    key: EncodingKey,
}

impl Signer {
    pub(crate) fn rsa(name: &str, algorithm: Algorithm) -> Self {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let key: aws_lc_rs::encoding::Pkcs8V1Der<'_> = key.as_der().unwrap();
        let text = STANDARD.encode(key.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
        Self { name: name.to_owned(), algorithm, key: EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap() }
    }

    pub(crate) fn ec(name: &str, algorithm: Algorithm) -> Self {
        let curve = match algorithm {
            Algorithm::ES384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
            _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
        };
        let key = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).unwrap();
        Self { name: name.to_owned(), algorithm, key: EncodingKey::from_ec_der(key.as_ref()) }
    }

    pub(crate) fn ed(name: &str) -> Self {
        let key = Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap();
        Self { name: name.to_owned(), algorithm: Algorithm::EdDSA, key: EncodingKey::from_ed_der(key.as_ref()) }
    }

    /// What checks its signatures, as an issuer lists it.
    pub(crate) fn public(&self) -> Value {
        let mut key = json!(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap());
        key["kid"] = json!(self.name);
        key["use"] = json!("sig");
        key
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(Some(&self.name), claims)
    }

    /// With another name of the key, or none.
    pub(crate) fn sign_as(&self, name: Option<&str>, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = name.map(str::to_owned);
        encode(&header, claims, &self.key).unwrap()
    }
}

/// Serves its metadata and its keys.
pub(crate) struct Issuer {
    pub(crate) url: String,
    state: Arc<Served>,
}

#[derive(Default)]
struct Served {
    keys: Mutex<Value>,
    metadata: Mutex<Value>,
    asked: AtomicUsize,
}

impl Issuer {
    pub(crate) async fn start(signers: &[&Signer]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Served::default());
        let issuer = Self { url: url.clone(), state: Arc::clone(&state) };
        issuer.publish(signers);
        issuer.say(json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }));
        let router = Router::new()
            .route(
                "/.well-known/openid-configuration",
                get(|State(state): State<Arc<Served>>| async move { Json(state.metadata.lock().clone()) }),
            )
            .route(
                "/keys",
                get(|State(state): State<Arc<Served>>| async move {
                    state.asked.fetch_add(1, Ordering::SeqCst);
                    Json(state.keys.lock().clone())
                }),
            )
            .with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    /// From now on it has these keys.
    pub(crate) fn publish(&self, signers: &[&Signer]) {
        let keys: Vec<_> = signers.iter().map(|signer| signer.public()).collect();
        self.answer(json!({ "keys": keys }));
    }

    /// From now on it says this of its keys.
    pub(crate) fn answer(&self, keys: Value) {
        *self.state.keys.lock() = keys;
    }

    /// From now on it says this of itself.
    pub(crate) fn say(&self, metadata: Value) {
        *self.state.metadata.lock() = metadata;
    }

    /// How often it was asked for its keys.
    pub(crate) fn asked(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn settings(&self) -> OAuthSettings {
        let default = crate::config::Settings::default().oauth;
        OAuthSettings { issuer: self.url.clone(), audience: AUDIENCE.to_owned(), ..default }
    }

    /// What a good token says.
    pub(crate) fn claims(&self) -> Value {
        let now = jsonwebtoken::get_current_timestamp();
        json!({
            "iss": self.url, "aud": AUDIENCE, "sub": "anna", "exp": now + 300, "nbf": now - 1, "iat": now - 1,
            "scope": "openid mainstay:use",
        })
    }

    /// The same with something else in it; null is nothing.
    pub(crate) fn claims_with(&self, name: &str, value: Value) -> Value {
        let mut claims = self.claims();
        claims[name] = value;
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    }
}
