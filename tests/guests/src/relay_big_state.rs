//! A version of `relay` that hands over more state than the host takes, most of it zeros.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Relay, Variant};

struct BigState;

impl Variant for BigState {
    const VERSION: &str = "1.0.0-big-state";

    fn export(asked: u64) -> Result<Vec<u8>, Failure> {
        let mut data = vec![b'0'; 100_000];
        data.extend(asked.to_string().into_bytes());
        Ok(data)
    }
}

mainstay_plugin::export!(Relay<BigState>);
