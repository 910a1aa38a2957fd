//! A version of `relay` that traps when it is handed the state of the one before.
#![cfg(target_family = "wasm")]

use mainstay_test_guests::relay::{Relay, Variant};

struct TrapsOnImport;

impl Variant for TrapsOnImport {
    const VERSION: &str = "2.0.0-traps-on-import";

    fn import(_: &[u8]) -> Result<u64, String> {
        panic!("on import");
    }
}

mainstay_plugin::export!(Relay<TrapsOnImport>);
