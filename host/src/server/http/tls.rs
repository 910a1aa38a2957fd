//! HTTPS, where the settings name a certificate.

use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::Context as _;
use axum_server::tls_rustls::RustlsConfig;

use crate::config::TlsSettings;

/// A certificate and its key, as they were read last.
#[derive(Debug)]
pub(super) struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    config: RustlsConfig,
    /// When the files were written that were read.
    read: parking_lot::Mutex<Option<(SystemTime, SystemTime)>>,
}

impl Certificate {
    /// None if none is named. The settings name both, or neither.
    ///
    /// # Errors
    /// If they are not a certificate and its key.
    pub(super) async fn read(settings: &TlsSettings) -> anyhow::Result<Option<Self>> {
        if settings.cert.is_empty() {
            return Ok(None);
        }
        let (cert, key) = (PathBuf::from(&settings.cert), PathBuf::from(&settings.key));
        // There may be one already: then it is the same.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let read = written(&cert, &key);
        let config = RustlsConfig::from_pem_file(&cert, &key).await.with_context(|| {
            format!("{} and {} are not a certificate and its key, as PEM", cert.display(), key.display())
        })?;
        Ok(Some(Self { cert, key, config, read: parking_lot::Mutex::new(read) }))
    }

    pub(super) fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// Reads it again, if the files are others. As long as they are not a certificate and its key, it stays what it was.
    pub(super) async fn refresh(&self) {
        let now = written(&self.cert, &self.key);
        if now.is_none() || *self.read.lock() == now {
            return;
        }
        match self.config.reload_from_pem_file(&self.cert, &self.key).await {
            Ok(()) => tracing::info!(cert = %self.cert.display(), "the certificate was read again"),
            Err(error) => tracing::warn!(%error, cert = %self.cert.display(), "the new certificate cannot be used"),
        }
        // Said once.
        *self.read.lock() = now;
    }
}

fn written(cert: &std::path::Path, key: &std::path::Path) -> Option<(SystemTime, SystemTime)> {
    let at = |path: &std::path::Path| path.metadata().and_then(|file| file.modified()).ok();
    Some((at(cert)?, at(key)?))
}

#[cfg(test)]
mod tests;
