//! A version of `relay` that does nothing wrong. The others take over from it, or fail to.
#![cfg(target_family = "wasm")]

use mainstay_test_guests::relay::{Relay, Variant};

struct First;

impl Variant for First {
    const VERSION: &str = "1.0.0";
}

mainstay_plugin::export!(Relay<First>);
