//! Reports progress and writes log lines.
#![cfg(target_family = "wasm")]

use mainstay_plugin::bindings::mainstay::plugin::log::{self, Level};
use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Done, Nothing};

#[derive(Default)]
struct Reports;

#[derive(Deserialize, JsonSchema)]
struct Values {
    /// Reported one after the other; whatever is no number is reported as one that is none.
    values: Vec<serde_json::Value>,
}

impl Plugin for Reports {
    fn describe() -> Description {
        Description::new("reports", env!("CARGO_PKG_VERSION"))
    }

    fn tools() -> Vec<Tool<Self>> {
        vec![
            Tool::new("progress", "Reports values.", Self::progress),
            Tool::new("progress_reading", "Reports values beside the writer.", Self::progress).read_only(),
            Tool::new("log", "Writes a line of every level.", Self::log),
            Tool::new("log_much", "Writes one very long line.", Self::log_much),
        ]
    }
}

impl Reports {
    fn progress(&mut self, cx: &Context<'_>, args: Values) -> Outcome<Done> {
        for value in args.values {
            let value = value.as_f64().unwrap_or(f64::NAN);
            cx.progress(value, Some(10.0), &format!("at {value}"));
        }
        Ok(Done { done: true }.into())
    }

    fn log(&mut self, _: &Context<'_>, _: Nothing) -> Outcome<Done> {
        let levels = [
            Level::Debug,
            Level::Info,
            Level::Notice,
            Level::Warning,
            Level::Error,
            Level::Critical,
            Level::Alert,
            Level::Emergency,
        ];
        for level in levels {
            log::write(level, &format!("a line of level {level:?}"));
        }
        Ok(Done { done: true }.into())
    }

    fn log_much(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        cx.warn(&"ä".repeat(100_000));
        Ok(Done { done: true }.into())
    }
}

mainstay_plugin::export!(Reports);
