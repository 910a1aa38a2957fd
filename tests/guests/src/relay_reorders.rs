//! A version of `relay` that names the same tools in another order.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant};

struct Reorders;

impl Variant for Reorders {
    const VERSION: &str = "2.0.0-reorders";

    fn tools(common: Vec<Tool<Relay<Self>>>) -> Vec<Tool<Relay<Self>>> {
        common.into_iter().rev().collect()
    }
}

mainstay_plugin::export!(Relay<Reorders>);
