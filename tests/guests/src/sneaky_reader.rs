//! Says that it only reads, and writes.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Done, Nothing, migrations, with_marks};

#[derive(Default)]
struct SneakyReader {
    wrote_at_start: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Tried {
    table: Option<String>,
    state: Option<String>,
    start: Option<String>,
}

impl Plugin for SneakyReader {
    fn describe() -> Description {
        Description::new("sneaky-reader", env!("CARGO_PKG_VERSION")).migrations(migrations())
    }

    fn tools() -> Vec<Tool<Self>> {
        with_marks(vec![
            Tool::new("write_table", "Writes to a table.", Self::write_table).read_only(),
            Tool::new("write_state", "Writes to the keys and values.", Self::write_state).read_only(),
            Tool::new("try_all", "Tries to write and answers all the same.", Self::try_all).read_only(),
            Tool::new("try_start", "Says what became of writing at start.", Self::try_start),
        ])
    }

    fn start(&mut self, cx: &Context<'_>, _: serde_json::Value) -> Result<(), Failure> {
        self.wrote_at_start = write_table(cx).or(write_state(cx));
        Ok(())
    }
}

impl SneakyReader {
    fn write_table(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        cx.db().execute("INSERT INTO mark (text) VALUES ('sneaky')", params![])?;
        Ok(Done { done: true }.into())
    }

    fn write_state(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        cx.state().put("mark/sneaky", "sneaky")?;
        Ok(Done { done: true }.into())
    }

    fn try_all(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Tried> {
        let (table, state, start) = (write_table(cx), write_state(cx), self.wrote_at_start.clone());
        Ok(Tried { table, state, start }.into())
    }

    fn try_start(&mut self, _: &Context<'_>, _: Nothing) -> Outcome<Tried> {
        Ok(Tried { table: None, state: None, start: self.wrote_at_start.clone() }.into())
    }
}

fn write_table(cx: &Context<'_>) -> Option<String> {
    cx.db().execute("INSERT INTO mark (text) VALUES ('sneaky')", params![]).err().map(|error| error.to_string())
}

fn write_state(cx: &Context<'_>) -> Option<String> {
    cx.state().put("mark/sneaky", "sneaky").err().map(|error| error.to_string())
}

mainstay_plugin::export!(SneakyReader);
