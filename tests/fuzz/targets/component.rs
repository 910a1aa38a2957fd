//! The first look at a file that is to be a plugin, before anything compiles it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mainstay::plugin::{ContractError, Outline, outline};

/// Longer than what a name is quoted in.
const WORDS: usize = 400;

fuzz_target!(|bytes: &[u8]| {
    let looked = outline(bytes);
    assert_eq!(looked, outline(bytes), "a look says the same each time");
    // Most of the space is behind the first bytes of a component.
    let component = [b"\0asm\x0d\0\x01\0".as_slice(), bytes].concat();
    for looked in [looked, outline(&component)] {
        match looked {
            Ok(outline) => fits(&outline),
            Err(error) => {
                let quoted = match &error {
                    ContractError::OtherVersion { found } => found.len(),
                    ContractError::UnknownImport { import } => import.len(),
                    _ => 0,
                };
                assert!(error.to_string().len() <= quoted + WORDS, "{error}");
            }
        }
    }
});

fn fits(outline: &Outline) {
    assert!(outline.exports_interface("lifecycle") && outline.exports_interface("tools"));
    for import in &outline.imports {
        assert!(import.starts_with("wasi:") || import.starts_with("mainstay:plugin/"), "{import}");
    }
}
