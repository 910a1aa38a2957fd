//! A version of `relay` that loops when it is to come to rest.
#![cfg(target_family = "wasm")]

use mainstay_test_guests::relay::{Relay, Variant};
use mainstay_test_guests::spin_for_ever;

struct SpinsOnQuiesce;

impl Variant for SpinsOnQuiesce {
    const VERSION: &str = "1.0.0-spins-on-quiesce";

    fn quiesce() -> Result<(), String> {
        spin_for_ever()
    }
}

mainstay_plugin::export!(Relay<SpinsOnQuiesce>);
