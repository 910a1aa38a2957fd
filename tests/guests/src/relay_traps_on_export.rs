//! A version of `relay` that traps when it is asked for its state.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant};

struct TrapsOnExport;

impl Variant for TrapsOnExport {
    const VERSION: &str = "1.0.0-traps-on-export";

    fn export(_: u64) -> Result<Vec<u8>, Failure> {
        panic!("on export");
    }
}

mainstay_plugin::export!(Relay<TrapsOnExport>);
