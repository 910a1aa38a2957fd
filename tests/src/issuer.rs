//! An issuer of tokens on this machine, with keys of its own.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

/// Where clients know the host.
pub const AUDIENCE: &str = "https://tools.example.com/mcp";

/// A key that signs.
pub struct Signer {
    pub name: String,
    pub algorithm: Algorithm,
    key: EncodingKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Signer {
    pub fn rsa(name: &str, algorithm: Algorithm) -> Self {
        let key = KeyPair::generate(KeySize::Rsa2048).expect("a key is made");
        let key: aws_lc_rs::encoding::Pkcs8V1Der<'_> = key.as_der().expect("it can be written");
        let text = STANDARD.encode(key.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
        Self {
            name: name.to_owned(),
            algorithm,
            key: EncodingKey::from_rsa_pem(pem.as_bytes()).expect("it can be read"),
        }
    }

    pub fn ec(name: &str, algorithm: Algorithm) -> Self {
        let curve = match algorithm {
            Algorithm::ES384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
            _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
        };
        let key = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).expect("a key is made");
        Self { name: name.to_owned(), algorithm, key: EncodingKey::from_ec_der(key.as_ref()) }
    }

    pub fn ed(name: &str) -> Self {
        let key = Ed25519KeyPair::generate().expect("a key is made").to_pkcs8v1().expect("it can be written");
        Self { name: name.to_owned(), algorithm: Algorithm::EdDSA, key: EncodingKey::from_ed_der(key.as_ref()) }
    }

    /// What checks its signatures, as an issuer lists it.
    pub fn public(&self) -> Value {
        let mut key = json!(Jwk::from_encoding_key(&self.key, self.algorithm).expect("it has a public half"));
        key["kid"] = json!(self.name);
        key["use"] = json!("sig");
        key
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(Some(&self.name), claims)
    }

    /// With another name of the key, or none.
    pub fn sign_as(&self, name: Option<&str>, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = name.map(str::to_owned);
        encode(&header, claims, &self.key).expect("it signs")
    }
}

/// Serves its metadata and its keys, to whoever asks, until the process ends.
#[derive(Debug)]
pub struct Issuer {
    pub url: String,
    state: Arc<Served>,
}

#[derive(Debug, Default)]
struct Served {
    keys: Mutex<Value>,
    metadata: Mutex<Value>,
    asked: AtomicUsize,
}

impl Issuer {
    /// At a free port.
    ///
    /// # Panics
    /// If there is none.
    pub fn start(signers: &[&Signer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let url = format!("http://{}", listener.local_addr().expect("it listens"));
        let state = Arc::new(Served::default());
        let issuer = Self { url: url.clone(), state: Arc::clone(&state) };
        issuer.publish(signers);
        issuer.say(json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever asks has gone.
                drop(state.serve(stream));
            }
        });
        issuer
    }

    /// From now on it has these keys.
    pub fn publish(&self, signers: &[&Signer]) {
        let keys: Vec<_> = signers.iter().map(|signer| signer.public()).collect();
        self.answer(json!({ "keys": keys }));
    }

    /// From now on it says this of its keys.
    pub fn answer(&self, keys: Value) {
        *locked(&self.state.keys) = keys;
    }

    /// From now on it says this of itself.
    pub fn say(&self, metadata: Value) {
        *locked(&self.state.metadata) = metadata;
    }

    /// How often it was asked for its keys.
    pub fn asked(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }

    /// What a good token says.
    pub fn claims(&self) -> Value {
        let now = jsonwebtoken::get_current_timestamp();
        json!({
            "iss": self.url, "aud": AUDIENCE, "sub": "anna", "exp": now + 300, "nbf": now - 1, "iat": now - 1,
            "scope": "openid mainstay:use",
        })
    }

    /// The same with something else in it; null is nothing.
    pub fn claims_with(&self, name: &str, value: Value) -> Value {
        let mut claims = self.claims();
        claims[name] = value;
        claims.as_object_mut().expect("claims are an object").retain(|_, value| !value.is_null());
        claims
    }
}

impl Served {
    /// Answers one request, and closes the connection.
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while stream.read_line(&mut head)? > 2 {}
        let (status, body) = match head.split(' ').nth(1) {
            Some("/.well-known/openid-configuration") => ("200 OK", locked(&self.metadata).to_string()),
            Some("/keys") => {
                self.asked.fetch_add(1, Ordering::SeqCst);
                ("200 OK", locked(&self.keys).to_string())
            }
            _ => ("404 Not Found", String::new()),
        };
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}");
        write!(stream.get_mut(), "{head}\r\nConnection: close\r\n\r\n{body}")
    }
}

fn locked(value: &Mutex<Value>) -> MutexGuard<'_, Value> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
