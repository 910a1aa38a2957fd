//! Compiled components on disk.
//!
//! Two files each: the form as wasmtime makes it, which is mapped and not read, so that what never runs takes no memory;
//! and beside it what was learnt from the component, with a MAC (keyed BLAKE3) over both. Deserialising a compiled
//! component is as good as running native code, so a form is trusted only with a MAC under the key of the installation.
//! Files are named by digest and by wasmtime's compatibility hash and never changed in place: who could do that while one
//! is mapped could read the key as well.

use std::fs::File;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::engine::Engine;
use super::surface::Surface;
use crate::model::Digest;
use crate::seal::Key;
use crate::store::DataDir;

/// Format of what stands beside the compiled form.
const MAGIC: &[u8; 8] = b"MSTYCW02";
const MAC_BYTES: usize = blake3::OUT_LEN;
/// Of the file beside.
const SURFACE: &str = "surface";

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
    /// Of the compiled form, which is whole and ours.
    pub(crate) path: PathBuf,
    pub(crate) surface: Surface,
}

/// Why nothing could be cached. The host works without, only slower.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    #[error("could not write {}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("could not read the compiled form")]
    Read(#[source] io::Error),
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
        let compiled = File::open(&path).ok()?;
        let Some(surface) = self.open(digest, compiled, &path.with_extension(SURFACE)) else {
            tracing::warn!(path = %path.display(), "a cached component is damaged or not ours: compiling again");
            forget(&path);
            return None;
        };
        keep_young(&path);
        Some(Cached { path, surface })
    }

    /// The compiled form itself, for a file system from which nothing may be mapped to be run.
    pub(crate) fn read(&self, digest: Digest) -> Option<Vec<u8>> {
        let path = self.dir.cached_component(digest, &self.compatibility);
        let compiled = std::fs::read(&path).ok()?;
        self.open(digest, compiled.as_slice(), &path.with_extension(SURFACE)).map(|_| compiled)
    }

    /// Keeps a compiled form. What could not be put in place of something else is found by [`Cache::load`] to be wrong.
    pub(crate) fn save(&self, digest: Digest, compiled: &[u8], surface: &Surface) -> Result<(), CacheError> {
        let surface = serde_json::to_vec(surface).map_err(CacheError::Encode)?;
        let mac = self.mac(digest, &surface, compiled).map_err(CacheError::Read)?;
        let beside = [MAGIC.as_slice(), mac.as_bytes(), &surface].concat();
        let path = self.dir.cached_component(digest, &self.compatibility);
        // What is there without the other is of a save that was cut short, and would stay.
        forget(&path);
        for (path, bytes) in [(&path.with_extension(SURFACE), beside.as_slice()), (&path, compiled)] {
            crate::store::publish(path, bytes).map_err(|source| CacheError::Write { path: path.clone(), source })?;
        }
        forget_the_oldest(path.parent());
        Ok(())
    }

    /// The surface, if it is what was saved with `compiled`.
    fn open(&self, digest: Digest, compiled: impl io::Read, beside: &Path) -> Option<Surface> {
        let beside = std::fs::read(beside).ok()?;
        let (mac, surface) = beside.strip_prefix(MAGIC.as_slice())?.split_at_checked(MAC_BYTES)?;
        // Compares in constant time.
        if self.mac(digest, surface, compiled).ok()? != blake3::Hash::from_slice(mac).ok()? {
            return None;
        }
        serde_json::from_slice(surface).ok()
    }

    fn mac(&self, digest: Digest, surface: &[u8], compiled: impl io::Read) -> io::Result<blake3::Hash> {
        let mut mac = blake3::Hasher::new_keyed(&self.key);
        mac.update(format!("{digest}-{}", self.compatibility).as_bytes());
        mac.update(&u64::try_from(surface.len()).unwrap_or(u64::MAX).to_le_bytes());
        mac.update(surface);
        Ok(mac.update_reader(compiled)?.finalize())
    }
}

/// Removes both files. They may be gone already, and a second process may be replacing them: either is fine.
fn forget(path: &Path) {
    drop(std::fs::remove_file(path));
    drop(std::fs::remove_file(path.with_extension(SURFACE)));
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
        forget(path);
    }
}
