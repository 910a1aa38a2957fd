//! A version of `relay` that cannot use the state of the one before.
#![cfg(target_family = "wasm")]

use mainstay_test_guests::relay::{Relay, Variant};

struct RefusesState;

impl Variant for RefusesState {
    const VERSION: &str = "2.0.0-refuses-state";

    fn import(_: &[u8]) -> Result<u64, String> {
        Err("this is not how I count".to_owned())
    }
}

mainstay_plugin::export!(Relay<RefusesState>);
