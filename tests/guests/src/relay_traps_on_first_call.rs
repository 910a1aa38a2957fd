//! A version of `relay` that traps in the first entry of every instance, so that no call succeeds.
#![cfg(target_family = "wasm")]

use mainstay_test_guests::relay::{Relay, Variant};

struct TrapsOnFirstCall;

impl Variant for TrapsOnFirstCall {
    const VERSION: &str = "2.0.0-traps-on-first-call";

    fn begin(entries: u64) {
        assert!(entries != 1, "in the first entry");
    }
}

mainstay_plugin::export!(Relay<TrapsOnFirstCall>);
