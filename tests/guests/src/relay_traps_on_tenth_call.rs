//! A version of `relay` of which no instance survives its tenth entry.
#![cfg(target_family = "wasm")]

use mainstay_test_guests::relay::{Relay, Variant};

struct TrapsOnTenthCall;

impl Variant for TrapsOnTenthCall {
    const VERSION: &str = "2.0.0-traps-on-tenth-call";

    fn begin(entries: u64) {
        assert!(entries != 10, "in the tenth entry");
    }
}

mainstay_plugin::export!(Relay<TrapsOnTenthCall>);
