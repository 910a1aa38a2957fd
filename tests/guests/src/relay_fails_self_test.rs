//! A version of `relay` that finds itself unfit.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant};

struct FailsSelfTest;

impl Variant for FailsSelfTest {
    const VERSION: &str = "2.0.0-fails-self-test";

    fn self_test(_: &Context<'_>) -> Result<(), Failure> {
        Err(Failure::new("unfit", "Something is missing in this version."))
    }
}

mainstay_plugin::export!(Relay<FailsSelfTest>);
