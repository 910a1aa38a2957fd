//! Where hosts keep their data meanwhile.

use super::super::super::load::Versions;
use super::served::Served;
use crate::store::DataDir;

/// A temporary folder with a data directory, and the two versions that are exchanged.
pub(super) struct Place {
    _folder: tempfile::TempDir,
    pub(super) dir: DataDir,
    pub(super) versions: Versions,
}

impl Place {
    pub(super) fn new() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("mainstay-bench-").tempdir()?;
        let dir = DataDir::open(Some(folder.path().join("data")))?;
        let versions = Versions::write(folder.path())?;
        Ok(Self { _folder: folder, dir, versions })
    }

    pub(super) async fn host(&self) -> anyhow::Result<Served> {
        Served::host(self.dir.root()).await
    }
}
