//! What the program says of itself, which the settings may change.

use tracing_subscriber::reload::{Handle, Layer};
use tracing_subscriber::{EnvFilter, Registry};

/// Changes what is said: clones of this do the same.
#[derive(Debug, Clone)]
pub struct Log(Handle<EnvFilter, Registry>);

impl Log {
    /// With the layer that is to be part of the subscriber. A `filter` that is none counts as `warn`: whoever reads the
    /// settings is told what is wrong with it.
    pub fn new(filter: &str) -> (Self, Layer<EnvFilter, Registry>) {
        let (layer, handle) = Layer::new(env_filter(filter));
        (Self(handle), layer)
    }

    /// From now on, this is said.
    pub fn filter(&self, filter: &str) {
        if let Err(error) = self.0.reload(env_filter(filter)) {
            tracing::warn!(%error, "what is logged cannot be changed");
        }
    }
}

/// rmcp tells of every notification at INFO and calls a client that leaves an error.
fn env_filter(filter: &str) -> EnvFilter {
    EnvFilter::try_new(format!("{filter},rmcp=off")).unwrap_or_else(|_| EnvFilter::new("warn"))
}
