//! Another key for everything that is kept sealed.

use serde_json::json;

use crate::app::Options;
use crate::cli::table::print;
use crate::seal::KeyId;
use crate::store::{DataDir, Rotation, rotate};

/// Seal everything that is kept with a new key, and forget the old ones
///
/// Only while no host runs. Working state, calls that wait, recorded calls, snapshots and backups are sealed with it. The
/// new key is put into the key file first and the old ones are removed from it last, so this may end on the way and be
/// run again. Clients that come back to a call that waits have to call again afterwards.
#[derive(Debug, clap::Args)]
pub(super) struct RotateKey {
    /// Leave the old keys in the key file, for copies of the data that are elsewhere
    #[arg(long)]
    keep_old: bool,
    /// Make no key: somebody has put a new one in front of the others in the key file
    #[arg(long)]
    with_newest: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl RotateKey {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let lock = dir.lock()?;
        let rotated = rotate(&dir, &lock, Rotation { make: !self.with_newest, keep_old: self.keep_old })?;
        let named = |keys: &[KeyId]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (removed, kept) = (named(&rotated.removed), named(&rotated.kept));
        if self.json {
            let (newest, file) = (rotated.newest.to_string(), &rotated.key_file);
            let (files, values) = (rotated.files, rotated.values);
            let document = json!({
                "key_file": file, "newest": newest, "removed": removed, "kept": kept, "files": files, "values": values
            });
            return print(&serde_json::to_string_pretty(&document)?);
        }
        let (values, files) = (rotated.values, rotated.files);
        print(&format!("{values} values in {files} files were sealed with key {}", rotated.newest))?;
        let file = rotated.key_file.display();
        if !kept.is_empty() {
            print(&format!("{file} still has the older keys {}", kept.join(", ")))?;
        }
        if !removed.is_empty() {
            print(&format!("{file} has the older keys no more: {}", removed.join(", ")))?;
        }
        Ok(())
    }
}
