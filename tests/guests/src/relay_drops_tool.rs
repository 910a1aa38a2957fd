//! A version of `relay` that no longer counts.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant};

struct DropsTool;

impl Variant for DropsTool {
    const VERSION: &str = "2.0.0-drops-tool";

    fn tools(mut common: Vec<Tool<Relay<Self>>>) -> Vec<Tool<Relay<Self>>> {
        common.retain(|tool| tool.definition().name != "count");
        common
    }
}

mainstay_plugin::export!(Relay<DropsTool>);
