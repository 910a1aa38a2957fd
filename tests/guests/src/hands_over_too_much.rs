//! Hands the host more at once than it takes.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Done, mark, migrations, with_marks};

#[derive(Default)]
struct HandsOverTooMuch;

#[derive(Deserialize, JsonSchema)]
struct Bytes {
    bytes: usize,
}

#[derive(Deserialize, JsonSchema)]
struct Crossings {
    times: i64,
    bytes: usize,
}

impl Plugin for HandsOverTooMuch {
    fn describe() -> Description {
        Description::new("hands-over-too-much", env!("CARGO_PKG_VERSION")).migrations(migrations())
    }

    fn tools() -> Vec<Tool<Self>> {
        with_marks(vec![
            Tool::new("put", "Leaves a mark and puts a value of this size.", Self::put),
            Tool::new("insert", "Leaves a mark and inserts a row of this size.", Self::insert),
            Tool::new("answer", "Leaves a mark and answers with this much.", Self::answer),
            Tool::new("cross", "Leaves a mark and hands over this much, many times.", Self::cross),
        ])
    }
}

impl HandsOverTooMuch {
    fn put(&mut self, cx: &Context<'_>, args: Bytes) -> Outcome<Done> {
        mark(cx, "put")?;
        cx.state().put("large", &"x".repeat(args.bytes))?;
        Ok(Done { done: true }.into())
    }

    fn insert(&mut self, cx: &Context<'_>, args: Bytes) -> Outcome<Done> {
        mark(cx, "insert")?;
        cx.db().execute("INSERT INTO mark (text) VALUES (?1)", params!["x".repeat(args.bytes)])?;
        Ok(Done { done: true }.into())
    }

    fn answer(&mut self, cx: &Context<'_>, args: Bytes) -> Outcome<Done> {
        mark(cx, "answer")?;
        Ok(Reply::from(Done { done: true }).with_text("x".repeat(args.bytes)))
    }

    fn cross(&mut self, cx: &Context<'_>, args: Crossings) -> Outcome<Done> {
        mark(cx, "cross")?;
        let text = "x".repeat(args.bytes);
        for _ in 0..args.times {
            cx.db().query::<(i64,)>("SELECT length(?1)", params![&text])?;
        }
        Ok(Done { done: true }.into())
    }
}

mainstay_plugin::export!(HandsOverTooMuch);
