//! A version of `counter` whose second migration breaks off halfway.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Done, Nothing};

#[derive(Default)]
struct CounterFailing;

impl Plugin for CounterFailing {
    fn describe() -> Description {
        Description::new("counter", "1.1.0").migrations([
            Migration {
                name: "appended",
                up: "CREATE TABLE appended (id INTEGER PRIMARY KEY, client TEXT NOT NULL, number INTEGER NOT NULL)",
                down: None,
            },
            Migration {
                name: "halfway",
                up: "CREATE TABLE half (id INTEGER); DELETE FROM appended; INSERT INTO missing VALUES (1)",
                down: None,
            },
        ])
    }

    fn tools() -> Vec<Tool<Self>> {
        vec![Tool::new("touch", "Does nothing.", |_: &mut Self, _, _: Nothing| Ok(Done { done: true }.into()))]
    }
}

mainstay_plugin::export!(CounterFailing);
