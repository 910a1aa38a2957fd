//! Where measurements are made: a data directory of their own, and the two versions that are exchanged.

use std::ffi::OsString;
use std::path::PathBuf;

use serde_json::json;

use super::super::super::load::{Control, Server, Versions};
use crate::config::Synchronous;
use crate::model::{Digest, SlotName};
use crate::store::DataDir;

/// A temporary folder.
pub(super) struct Place {
    folder: tempfile::TempDir,
    pub(super) dir: DataDir,
    pub(super) versions: Versions,
}

impl Place {
    pub(super) fn new() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("mainstay-bench-").tempdir()?;
        let dir = DataDir::open(Some(folder.path().join("data")))?;
        let versions = Versions::write(folder.path())?;
        let place = Self { folder, dir, versions };
        place.synchronous(Synchronous::Full)?;
        Ok(place)
    }

    /// What the next server is to be configured with; for the rest it has the defaults.
    pub(super) fn synchronous(&self, synchronous: Synchronous) -> anyhow::Result<()> {
        let word = super::tables::synchronous(synchronous);
        Ok(std::fs::write(self.settings(), format!("[database]\nsynchronous = \"{word}\"\n"))?)
    }

    fn settings(&self) -> PathBuf {
        self.folder.path().join("mainstay.toml")
    }

    /// A server that has answered a call.
    pub(super) async fn server(&self) -> anyhow::Result<Server> {
        let more = [OsString::from("--config"), self.settings().into_os_string()];
        let server = Server::start(self.dir.root(), "mainstay-bench", &more).await?;
        server.call("orchestrator_initialize_session", json!({})).await?;
        Ok(server)
    }

    /// Both versions have served once when this comes back, so that both are compiled. With the one that serves.
    pub(super) async fn warm(&self, control: &mut Control) -> anyhow::Result<Digest> {
        let mut serving = control.serving().await?.digest;
        for _ in 0..2 {
            serving = control.swap(self.versions.other(serving)).await?.digest()?;
        }
        Ok(serving)
    }

    /// The orchestrator's tables.
    pub(super) fn database(&self) -> PathBuf {
        self.dir.slot_database(&SlotName::orchestrator())
    }
}
