//! Where each guest's component is, by the name of its file in `tests/guests/src`.

use std::fs;
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/guests.rs"));

/// Writes a guest to a file, with a remark in it that nobody reads: another component that does the same.
///
/// # Errors
/// If the file cannot be written, or the remark is too long.
pub fn with_a_remark(guest: &str, remark: &str, file: &Path) -> anyhow::Result<()> {
    let mut component = fs::read(guest)?;
    let name = u8::try_from(remark.len())?;
    anyhow::ensure!(name < 0x7f, "a length of one byte");
    // A custom section: its number, its length, and a name with its length.
    component.extend([0, name + 1, name]);
    component.extend(remark.bytes());
    Ok(fs::write(file, component)?)
}
