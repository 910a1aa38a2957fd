//! A version of `relay` with a newer schema, from which no way leads back.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant, appended};

struct SchemaNewer;

impl Variant for SchemaNewer {
    const VERSION: &str = "2.0.0-schema-newer";

    fn describe(common: Description) -> Description {
        let up = "ALTER TABLE appended ADD COLUMN appended_at INTEGER";
        common.migrations([appended(), Migration { name: "when", up, down: None }])
    }
}

mainstay_plugin::export!(Relay<SchemaNewer>);
