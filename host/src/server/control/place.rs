//! Where the socket of a data directory is, found by both sides alike.

use std::path::{Path, PathBuf};

use crate::store::DataDir;

/// The longest path that every system takes for a socket, in bytes.
const LONGEST: usize = 100;

/// In the data directory, unless its path is too long for a socket: then among temporary files, under a name that is
/// made of that path. Both sides have to agree on where those are (`TMPDIR`).
pub(super) fn socket_path(dir: &DataDir) -> PathBuf {
    let root = std::fs::canonicalize(dir.root()).unwrap_or_else(|_| dir.root().to_owned());
    let name = dir.control_socket().file_name().map(ToOwned::to_owned).unwrap_or_default();
    let inside = root.join(name);
    if inside.as_os_str().len() <= LONGEST { inside } else { outside(&root) }
}

fn outside(root: &Path) -> PathBuf {
    let digest = blake3::hash(root.as_os_str().as_encoded_bytes()).to_hex();
    std::env::temp_dir().join(format!("mainstay-{}.sock", &digest[..16]))
}
