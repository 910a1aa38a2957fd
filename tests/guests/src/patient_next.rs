//! A later version of `patient`, with a tool more: what waits for it is answered.
#![cfg(target_family = "wasm")]

use mainstay_test_guests::patient::Patient;

mainstay_plugin::export!(Patient<2>);
