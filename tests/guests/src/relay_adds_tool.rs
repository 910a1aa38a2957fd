//! A version of `relay` with one more tool, which it names first.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant};
use mainstay_test_guests::{Done, Nothing};

struct AddsTool;

impl Variant for AddsTool {
    const VERSION: &str = "2.0.0-adds-tool";

    fn tools(mut common: Vec<Tool<Relay<Self>>>) -> Vec<Tool<Relay<Self>>> {
        let greet = |_: &mut Relay<Self>, _: &Context<'_>, _: Nothing| Ok(Done { done: true }.into());
        common.insert(0, Tool::new("greet", "Is new here.", greet).read_only());
        common
    }
}

mainstay_plugin::export!(Relay<AddsTool>);
