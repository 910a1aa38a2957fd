//! A plugin in which a call can wait for another version.
#![cfg(target_family = "wasm")]

use mainstay_test_guests::patient::Patient;

mainstay_plugin::export!(Patient<1>);
