//! A version of `relay` whose migration succeeds unless a client has sent a number twice.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant, appended};

struct MigrationMeetsData;

impl Variant for MigrationMeetsData {
    const VERSION: &str = "2.0.0-migration-meets-data";

    fn describe(common: Description) -> Description {
        let up = "CREATE UNIQUE INDEX one_of_each ON appended (client, number)";
        common.migrations([appended(), Migration { name: "one of each", up, down: None }])
    }
}

mainstay_plugin::export!(Relay<MigrationMeetsData>);
