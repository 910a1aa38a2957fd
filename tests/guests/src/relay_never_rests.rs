//! A version of `relay` that is always in the middle of something when it is to be replaced.
#![cfg(target_family = "wasm")]

use mainstay_test_guests::relay::{Relay, Variant};

struct NeverRests;

impl Variant for NeverRests {
    const VERSION: &str = "1.0.0-never-rests";

    fn quiesce() -> Result<(), String> {
        Err("a thought is not finished".to_owned())
    }
}

mainstay_plugin::export!(Relay<NeverRests>);
