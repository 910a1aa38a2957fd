//! A version of `relay` that is fit until somebody appends poison.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant};

struct FailsProbe;

impl Variant for FailsProbe {
    const VERSION: &str = "2.0.0-fails-probe";

    fn self_test(cx: &Context<'_>) -> Result<(), Failure> {
        let poison = "SELECT id FROM appended WHERE client = 'poison'";
        match cx.db().query_one::<(i64,)>(poison, params![])? {
            None => Ok(()),
            Some((id,)) => Err(Failure::new("poisoned", format!("Row {id} is poison."))),
        }
    }
}

mainstay_plugin::export!(Relay<FailsProbe>);
