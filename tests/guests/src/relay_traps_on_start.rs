//! A version of `relay` that traps when it starts.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant};

struct TrapsOnStart;

impl Variant for TrapsOnStart {
    const VERSION: &str = "2.0.0-traps-on-start";

    fn start() -> Result<(), Failure> {
        panic!("on start");
    }
}

mainstay_plugin::export!(Relay<TrapsOnStart>);
