//! A version of `relay` with a newer schema, and a way back from it.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant, appended};

struct SchemaNewerWithWayBack;

impl Variant for SchemaNewerWithWayBack {
    const VERSION: &str = "2.0.0-schema-newer-with-way-back";

    fn describe(common: Description) -> Description {
        let up = "CREATE INDEX appended_by_client ON appended (client)";
        let down = Some("DROP INDEX appended_by_client");
        common.migrations([appended(), Migration { name: "by client", up, down }])
    }
}

mainstay_plugin::export!(Relay<SchemaNewerWithWayBack>);
