//! A version of `relay` with a newer schema that does not take over data of the one before.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant, appended};

struct RefusesOldData;

impl Variant for RefusesOldData {
    const VERSION: &str = "2.0.0-refuses-old-data";

    fn describe(common: Description) -> Description {
        let up = "ALTER TABLE appended ADD COLUMN appended_at INTEGER";
        common.migrations([appended(), Migration { name: "when", up, down: None }]).reads(2, 2)
    }
}

mainstay_plugin::export!(Relay<RefusesOldData>);
