//! A version of `relay` with the same tools, one of which answers something else.
#![cfg(target_family = "wasm")]

use mainstay_test_guests::relay::{Relay, Variant};

struct AnswersDifferently;

impl Variant for AnswersDifferently {
    const VERSION: &str = "2.0.0-answers-differently";

    fn same(text: String) -> String {
        text.to_uppercase()
    }
}

mainstay_plugin::export!(Relay<AnswersDifferently>);
