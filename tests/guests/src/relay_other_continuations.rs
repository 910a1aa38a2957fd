//! A version of `relay` that cannot go on with calls that wait since the one before.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant};

struct OtherContinuations;

impl Variant for OtherContinuations {
    const VERSION: &str = "2.0.0-other-continuations";

    fn describe(common: Description) -> Description {
        common.continuations([2])
    }
}

mainstay_plugin::export!(Relay<OtherContinuations>);
