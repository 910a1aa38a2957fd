//! Cargo inside cargo: builds what runs as WebAssembly. Shared by the build scripts of the host and of the tests.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where components are built: a target directory of its own, because the one in use is locked by the cargo that
/// runs us.
pub(crate) fn folder(out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    // OUT_DIR is target/<profile>/build/<package>/out.
    Ok(out.ancestors().nth(4).ok_or("OUT_DIR is not where cargo puts it")?.join("components"))
}

/// Runs cargo for the WebAssembly target, with `target` as its target directory, and says where its output is.
pub(crate) fn build(root: &Path, target: &Path, what: &[&str]) -> Result<PathBuf, Box<dyn Error>> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--locked", "--profile", "component", "--target", "wasm32-wasip2"]);
    cargo.args(what).arg("--target-dir").arg(target);
    // What the outer cargo set for the native build, or for clippy, is not for this one.
    let foreign = |name: &str| {
        [
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTFLAGS",
            "RUSTC",
            "RUSTC_WRAPPER",
            "RUSTC_WORKSPACE_WRAPPER",
            "CARGO_BUILD_TARGET",
        ]
        .contains(&name)
            || name.starts_with("CARGO_PROFILE_")
    };
    env::vars_os().filter(|(name, _)| name.to_str().is_some_and(foreign)).for_each(|(name, _)| {
        cargo.env_remove(name);
    });
    let built = cargo.output()?;
    if !built.status.success() {
        let complaint = String::from_utf8_lossy(&built.stderr);
        let hint = if complaint.contains("wasm32-wasip2") && complaint.contains("may not be installed") {
            "\n\nthe target is missing: run `rustup target add wasm32-wasip2`"
        } else {
            ""
        };
        return Err(format!("could not build for WebAssembly:\n{complaint}{hint}").into());
    }
    Ok(target.join("wasm32-wasip2").join("component"))
}
