//! A later version of `relay` with the same tools and the same schema, in which `spin` comes back.
#![cfg(target_family = "wasm")]

use mainstay_test_guests::relay::{Relay, Variant};

struct Next;

impl Variant for Next {
    const VERSION: &str = "2.0.0";

    fn spin() {}
}

mainstay_plugin::export!(Relay<Next>);
