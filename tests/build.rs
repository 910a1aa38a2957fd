//! Builds the guests for WebAssembly and tells the support library where each of them is.

#[path = "../host/build/component.rs"]
mod component;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    for watched in ["wit", "plugins/sdk/src", "tests/guests", "Cargo.lock", "Cargo.toml", "host/build"] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let folder = component::folder(&out)?;
    let built = component::build(&root, &folder, &["--package", "mainstay-test-guests", "--examples"])?;
    let mut constants = String::new();
    for name in names(&root.join("tests/guests/src"))? {
        let path = fs::canonicalize(built.join("examples").join(format!("{name}.wasm")))
            .map_err(|error| format!("tests/guests/Cargo.toml has no example {name}: {error}"))?;
        writeln!(constants, "pub const {}: &str = {:?};", name.to_uppercase(), path)?;
    }
    Ok(fs::write(out.join("guests.rs"), constants)?)
}

/// Every file beside the library is a guest.
fn names(sources: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for file in fs::read_dir(sources)? {
        let path = file?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).ok_or("a file without a name")?;
        if name != "lib" {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}
