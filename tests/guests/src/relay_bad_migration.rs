//! A version of `relay` whose migration is no SQL.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant, appended};

struct BadMigration;

impl Variant for BadMigration {
    const VERSION: &str = "2.0.0-bad-migration";

    fn describe(common: Description) -> Description {
        let up = "CREATE TABEL missing (id INTEGER PRIMARY KEY)";
        common.migrations([appended(), Migration { name: "misspelt", up, down: None }])
    }
}

mainstay_plugin::export!(Relay<BadMigration>);
