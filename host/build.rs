//! Builds the orchestrator for WebAssembly and leaves the component, with its digest, where `app.rs` embeds
//! it from. Hashing a megabyte takes milliseconds that every start would spend again.

#[path = "build/component.rs"]
mod component;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use sha2::Digest as _;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    for watched in ["wit", "plugins/sdk/src", "plugins/orchestrator/src", "Cargo.lock", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let component =
        component::build(&root, &out, &["--package", "mainstay-orchestrator"])?.join("mainstay_orchestrator.wasm");
    let bytes = fs::read(&component).map_err(|error| format!("no component at {}: {error}", component.display()))?;
    fs::write(out.join("orchestrator.sha256"), sha2::Sha256::digest(&bytes))?;
    fs::write(out.join("orchestrator.wasm"), bytes)?;
    Ok(())
}
