//! A later version of `counter`, with a schema that the earlier one does not read.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Done, Nothing};

#[derive(Default)]
struct CounterNewer;

impl Plugin for CounterNewer {
    fn describe() -> Description {
        Description::new("counter", "2.0.0").migrations([
            Migration {
                name: "appended",
                up: "CREATE TABLE appended (id INTEGER PRIMARY KEY, client TEXT NOT NULL, number INTEGER NOT NULL)",
                down: None,
            },
            Migration { name: "when", up: "ALTER TABLE appended ADD COLUMN appended_at INTEGER", down: None },
        ])
    }

    fn tools() -> Vec<Tool<Self>> {
        vec![Tool::new("touch", "Does nothing.", |_: &mut Self, _, _: Nothing| Ok(Done { done: true }.into()))]
    }
}

mainstay_plugin::export!(CounterNewer);
