//! Compiled components on disk.
//!
//! Deserialising a compiled component is as good as running native code, so a cached one is trusted only
//! with a MAC (keyed BLAKE3) under the key of the installation, over the form and what was learnt from it. Files are
//! named by digest and by wasmtime's compatibility hash and never changed in place.

use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::engine::Engine;
use super::surface::Surface;
use crate::model::Digest;
use crate::seal::Key;
use crate::store::DataDir;

/// Format of the file: bumped when what stands around the compiled form changes.
const MAGIC: &[u8; 8] = b"MSTYCW01";
const MAC_BYTES: usize = blake3::OUT_LEN;

/// Compiled components that are kept. Each build of a plugin that is tried leaves one.
const KEPT: usize = 64;
/// How exactly it is known when one was last of use: each time would cost every start a write.
const YOUNG: Duration = Duration::from_secs(24 * 3600);

/// The cache of an installation.
#[derive(Clone)]
pub(crate) struct Cache {
    dir: DataDir,
    key: Key,
    compatibility: String,
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("dir", &self.dir).finish_non_exhaustive()
    }
}

/// A component's compiled form and what it said of itself.
pub(crate) struct Cached {
    bytes: Vec<u8>,
    /// Where the compiled form begins.
    body: usize,
    pub(crate) surface: Surface,
}

impl Cached {
    pub(crate) fn compiled(&self) -> &[u8] {
        &self.bytes[self.body..]
    }
}

/// Why nothing could be cached. The host works without, only slower.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    #[error("could not write {}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("could not encode the surface")]
    Encode(#[source] serde_json::Error),
}

impl Cache {
    pub(crate) fn new(dir: DataDir, key: &Key, engine: &Engine) -> Self {
        // The hash of the hash: wasmtime offers it to a Hasher, not as bytes.
        let mut hasher = std::hash::DefaultHasher::new();
        engine.wasmtime().precompile_compatibility_hash().hash(&mut hasher);
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        let key = Key::new(blake3::derive_key("mainstay compiled components v1", &**key));
        Self { dir, key, compatibility: format!("{:016x}", hasher.finish()) }
    }

    /// What is cached for `digest`. Anything that is missing, damaged or not ours is as good as nothing.
    pub(crate) fn load(&self, digest: Digest) -> Option<Cached> {
        let path = self.dir.cached_component(digest, &self.compatibility);
        let bytes = std::fs::read(&path).ok()?;
        let Some((surface, body)) = self.open(digest, &bytes) else {
            tracing::warn!(path = %path.display(), "a cached component is damaged or not ours: compiling again");
            // It may be gone already, and a second process may be replacing it: either is fine.
            drop(std::fs::remove_file(&path));
            return None;
        };
        keep_young(&path);
        Some(Cached { bytes, body, surface })
    }

    /// Keeps a compiled form.
    pub(crate) fn save(&self, digest: Digest, compiled: &[u8], surface: &Surface) -> Result<(), CacheError> {
        let surface = serde_json::to_vec(surface).map_err(CacheError::Encode)?;
        let length = u64::try_from(surface.len()).unwrap_or(u64::MAX).to_le_bytes();
        let mac = self.mac(digest, &[&length, &surface, compiled]);
        let bytes = [MAGIC.as_slice(), mac.as_bytes(), &length, &surface, compiled].concat();
        let path = self.dir.cached_component(digest, &self.compatibility);
        crate::store::publish(&path, &bytes).map_err(|source| CacheError::Write { path: path.clone(), source })?;
        forget_the_oldest(path.parent());
        Ok(())
    }

    /// The surface in a file and where the compiled form begins.
    fn open(&self, digest: Digest, bytes: &[u8]) -> Option<(Surface, usize)> {
        let rest = bytes.strip_prefix(MAGIC.as_slice())?;
        let (mac, rest) = rest.split_at_checked(MAC_BYTES)?;
        // Compares in constant time.
        if self.mac(digest, &[rest]) != blake3::Hash::from_slice(mac).ok()? {
            return None;
        }
        let (length, rest) = rest.split_at_checked(8)?;
        let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
        let (surface, _) = rest.split_at_checked(length)?;
        let body = MAGIC.len() + MAC_BYTES + 8 + length;
        Some((serde_json::from_slice(surface).ok()?, body))
    }

    fn mac(&self, digest: Digest, parts: &[&[u8]]) -> blake3::Hash {
        let mut mac = blake3::Hasher::new_keyed(&self.key);
        mac.update(format!("{digest}-{}", self.compatibility).as_bytes());
        for part in parts {
            mac.update(part);
        }
        mac.finalize()
    }
}

/// Says that a cached component was of use.
fn keep_young(path: &Path) {
    let modified = std::fs::metadata(path).and_then(|file| file.modified());
    if modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > YOUNG)) {
        // If it cannot be said, it is compiled again some day.
        drop(std::fs::File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now())));
    }
}

/// Removes those that were of no use for the longest time, if there are too many.
fn forget_the_oldest(folder: Option<&Path>) {
    let files = folder.and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let cached = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "cwasm"));
    let mut cached: Vec<_> =
        cached.filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.path()))).collect();
    cached.sort();
    let too_many = cached.len().saturating_sub(KEPT);
    for (_, path) in &cached[..too_many] {
        // A second process may be removing it too.
        drop(std::fs::remove_file(path));
    }
}
