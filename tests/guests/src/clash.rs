//! Another plugin than `relay`, with a tool of the same name as one of its tools.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Done, Nothing};

#[derive(Default)]
struct Clash;

impl Plugin for Clash {
    fn describe() -> Description {
        Description::new("clash", "1.0.0")
    }

    fn tools() -> Vec<Tool<Self>> {
        vec![Tool::new("append", "Appends nothing.", |_: &mut Self, _, _: Nothing| Ok(Done { done: true }.into()))]
    }
}

mainstay_plugin::export!(Clash);
