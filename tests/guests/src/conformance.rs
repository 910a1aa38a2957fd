//! Offers what the scenarios of the protocol's own conformance suite ask for.
#![cfg(target_family = "wasm")]

use mainstay_test_guests::conformance::Conformance;

mainstay_plugin::export!(Conformance, resources, prompts, asking_prompts, completion);
