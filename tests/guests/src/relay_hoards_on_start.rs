//! A version of `relay` that takes all memory when it starts.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::hoard_for_ever;
use mainstay_test_guests::relay::{Relay, Variant};

struct HoardsOnStart;

impl Variant for HoardsOnStart {
    const VERSION: &str = "2.0.0-hoards-on-start";

    fn start() -> Result<(), Failure> {
        hoard_for_ever()
    }
}

mainstay_plugin::export!(Relay<HoardsOnStart>);
