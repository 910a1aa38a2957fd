//! A first look at a file: is it a component, and does it fit the contract? Runs nothing and trusts nothing.

use wasmparser::{Encoding, Parser, Payload};

/// The package every export and import of the contract is in.
const PACKAGE: &str = "mainstay:plugin/";
/// Which minor version of it this host speaks.
const SERIES: (u64, u64) = (0, 1);

/// What a component imports and exports, by full name such as `mainstay:plugin/tools@0.1.0`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
}

/// Why a file is not a plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    #[error("it is no WebAssembly at all: a plugin is a component, as `cargo build --target wasm32-wasip2` makes one")]
    NotWasm,
    #[error(
        "it is a core WebAssembly module, and a plugin is a component: build for wasm32-wasip2, or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    #[error("the file is damaged: {0}")]
    Damaged(String),
    #[error(
        "it is a component of another world: it does not export {missing}; a plugin exports mainstay:plugin/lifecycle@0.1.0 and mainstay:plugin/tools@0.1.0"
    )]
    MissingExport { missing: String },
    #[error(
        "it is built for {found}, and this host speaks mainstay:plugin 0.1: rebuild it against wit/ of this version"
    )]
    OtherVersion { found: String },
    #[error("it imports {import}, which this host does not offer: plugins import from mainstay:plugin and wasi only")]
    UnknownImport { import: String },
}

impl Outline {
    /// Whether the component exports the interface of the contract with that name.
    pub fn exports_interface(&self, name: &str) -> bool {
        self.exports.iter().any(|export| interface(export).is_some_and(|(found, _)| found == name))
    }
}

/// Looks at a file's imports and exports and checks them against the contract.
///
/// # Errors
/// Why it is not a plugin.
pub fn outline(bytes: &[u8]) -> Result<Outline, ContractError> {
    if !bytes.starts_with(b"\0asm") {
        return Err(ContractError::NotWasm);
    }
    let outline = read(bytes)?;
    for export in ["lifecycle", "tools"] {
        if outline.exports_interface(export) {
            continue;
        }
        let other = outline.exports.iter().find(|e| e.starts_with(&format!("{PACKAGE}{export}@")));
        return Err(match other {
            Some(found) => ContractError::OtherVersion { found: found.clone() },
            None => ContractError::MissingExport { missing: format!("{PACKAGE}{export}@0.1.0") },
        });
    }
    let known = |import: &&String| import.starts_with("wasi:") || interface(import).is_some();
    if let Some(import) = outline.imports.iter().find(|import| !known(import)) {
        return Err(ContractError::UnknownImport { import: import.clone() });
    }
    Ok(outline)
}

fn read(bytes: &[u8]) -> Result<Outline, ContractError> {
    let damaged = |error: wasmparser::BinaryReaderError| ContractError::Damaged(error.to_string());
    let mut outline = Outline::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(damaged)? {
            Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => return Err(ContractError::CoreModule),
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    outline.imports.push(import.map_err(damaged)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    outline.exports.push(export.map_err(damaged)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(outline)
}

/// The name of an interface of the contract in a version this host speaks.
fn interface(name: &str) -> Option<(&str, semver::Version)> {
    let (interface, version) = name.strip_prefix(PACKAGE)?.split_once('@')?;
    let version: semver::Version = version.parse().ok()?;
    ((version.major, version.minor) == SERIES).then_some((interface, version))
}
