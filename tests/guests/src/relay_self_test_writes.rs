//! A version of `relay` whose self-test writes, to a table and to the keys and values.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant};

struct SelfTestWrites;

impl Variant for SelfTestWrites {
    const VERSION: &str = "2.0.0-self-test-writes";

    fn self_test(cx: &Context<'_>) -> Result<(), Failure> {
        let insert = "INSERT INTO appended (client, number, version) VALUES ('self-test', 0, ?1)";
        cx.db().execute(insert, params![Self::VERSION])?;
        cx.state().put("self-test", Self::VERSION)
    }
}

mainstay_plugin::export!(Relay<SelfTestWrites>);
