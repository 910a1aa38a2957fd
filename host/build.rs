//! Builds the orchestrator for WebAssembly and leaves the component, with its digest, where `app.rs` embeds
//! it from. Hashing a megabyte takes milliseconds that every start would spend again.
//!
//! It is built a second time under the version after this one, for the demo and the benchmarks to swap with.

#[path = "build/component.rs"]
mod component;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::Digest as _;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    for watched in ["wit", "plugins/sdk/src", "plugins/orchestrator", "Cargo.lock", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let folder = component::folder(&out)?;
    let orchestrator = build(&root, &folder, &[])?;
    fs::write(out.join("orchestrator.sha256"), sha2::Sha256::digest(&orchestrator))?;
    fs::write(out.join("orchestrator.wasm"), orchestrator)?;
    // Both have the same file name: in one folder, each would be built again after the other.
    let next = build(&root, &folder.join("next"), &["--features", "next"])?;
    fs::write(out.join("orchestrator-next.wasm"), next)?;
    Ok(())
}

fn build(root: &Path, folder: &Path, features: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let what = [&["--package", "mainstay-orchestrator"], features].concat();
    let component = component::build(root, folder, &what)?.join("mainstay_orchestrator.wasm");
    let read = fs::read(&component);
    Ok(read.map_err(|error| format!("no component at {}: {error}", component.display()))?)
}
