//! Asks the issuer for its keys: a few kilobytes, soon, over https, and from nowhere else than it says.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde_json::Value;

use crate::config::is_url;

/// How long the issuer may take, all together and to be reached. Somebody waits for it.
const TOTAL: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(3);
/// The longest that it may say, in bytes. The longest that are known are some 20 KB.
const LONGEST: usize = 256 << 10;

/// Where keys are.
pub(super) struct Issuer {
    issuer: String,
    /// Empty if its metadata say.
    jwks: String,
    /// Made when it is first needed: it reads the certificates of this machine.
    client: OnceLock<Client>,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("there is no way to ask")]
    Client(#[source] reqwest::Error),
    #[error("{url} could not be read")]
    Request { url: String, source: reqwest::Error },
    #[error("{url} answers with {status}")]
    Status { url: String, status: u16 },
    #[error("{url} says more than {LONGEST} bytes")]
    TooLong { url: String },
    #[error("{url} is no JSON")]
    Json { url: String, source: serde_json::Error },
    #[error("{url} has no list of keys")]
    NoKeys { url: String },
    #[error(
        "{url} is the metadata of another issuer: {found:?} (oauth.issuer in the settings has to be exactly the same)"
    )]
    OtherIssuer { url: String, found: String },
    #[error("{url} says that the keys are at {found:?}, which is not https")]
    Place { url: String, found: String },
}

impl Issuer {
    pub(super) fn new(issuer: String, jwks: String) -> Self {
        Self { issuer, jwks, client: OnceLock::new() }
    }

    /// Its keys, as it lists them.
    ///
    /// # Errors
    /// If it does not, or not as it should.
    pub(super) async fn keys(&self) -> Result<Vec<Value>, FetchError> {
        let found;
        let url = if self.jwks.is_empty() {
            found = self.discover().await?;
            &found
        } else {
            &self.jwks
        };
        match self.read(url).await?.get_mut("keys").map(Value::take) {
            Some(Value::Array(keys)) => Ok(keys),
            _ => Err(FetchError::NoKeys { url: url.clone() }),
        }
    }

    /// Where its metadata say that its keys are: RFC 8414's, then OpenID Connect's, in the order that MCP has.
    async fn discover(&self) -> Result<String, FetchError> {
        let mut problem = None;
        for url in places(&self.issuer) {
            let metadata = match self.read(&url).await {
                Ok(metadata) => metadata,
                // Nobody is there, whatever is asked for.
                Err(error @ FetchError::Request { .. }) => return Err(error),
                Err(error) => {
                    problem.get_or_insert(error);
                    continue;
                }
            };
            let text = |name: &str| metadata[name].as_str().unwrap_or_default().to_owned();
            if text("issuer") != self.issuer {
                return Err(FetchError::OtherIssuer { url, found: text("issuer") });
            }
            let found = text("jwks_uri");
            // Only an issuer on this machine has its keys here.
            let is_safe = found.starts_with("https://") || self.issuer.starts_with("http://");
            return if is_url(&found) && is_safe { Ok(found) } else { Err(FetchError::Place { url, found }) };
        }
        Err(problem.unwrap_or_else(|| FetchError::NoKeys { url: self.issuer.clone() }))
    }

    async fn read(&self, url: &str) -> Result<Value, FetchError> {
        let failed = |source| FetchError::Request { url: url.to_owned(), source };
        let mut answer = self.client()?.get(url).header("accept", "application/json").send().await.map_err(failed)?;
        if !answer.status().is_success() {
            return Err(FetchError::Status { url: url.to_owned(), status: answer.status().as_u16() });
        }
        let mut text = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(failed)? {
            if text.len() + piece.len() > LONGEST {
                return Err(FetchError::TooLong { url: url.to_owned() });
            }
            text.extend_from_slice(&piece);
        }
        serde_json::from_slice(&text).map_err(|source| FetchError::Json { url: url.to_owned(), source })
    }

    fn client(&self) -> Result<&Client, FetchError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let mut client = Client::builder()
            .timeout(TOTAL)
            .connect_timeout(CONNECT)
            // Where keys are is the issuer's to say, not that of whoever answers in its place.
            .redirect(Policy::none())
            .user_agent(concat!("mainstay/", env!("CARGO_PKG_VERSION")));
        if self.issuer.starts_with("http://") || self.jwks.starts_with("http://") {
            // On this machine, where no proxy is of use.
            client = client.no_proxy();
        }
        let client = client.build().map_err(FetchError::Client)?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// Where the metadata of an issuer may be. With a path they are between it and the name of the machine, or behind it.
fn places(issuer: &str) -> Vec<String> {
    let Ok(url) = Url::parse(issuer) else { return Vec::new() };
    let origin = url.origin().ascii_serialization();
    let path = url.path().trim_end_matches('/');
    let mut places = vec![
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        format!("{origin}/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        places.push(format!("{origin}{path}/.well-known/openid-configuration"));
    }
    places
}
