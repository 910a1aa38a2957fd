//! Never comes to an end: in its own code, and in SQL.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Done, Nothing, mark, migrations, spin_for_ever, with_marks};

/// Counts for ever.
const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

#[derive(Default)]
struct Spins;

impl Plugin for Spins {
    fn describe() -> Description {
        Description::new("spins", env!("CARGO_PKG_VERSION")).migrations(migrations())
    }

    fn tools() -> Vec<Tool<Self>> {
        with_marks(vec![
            Tool::new("loop", "Leaves a mark and loops.", Self::spin),
            Tool::new("loop_reading", "Loops beside the writer.", Self::spin_reading).read_only(),
            Tool::new("query", "Leaves a mark and reads for ever.", Self::query),
            Tool::new("update", "Leaves a mark and writes for ever.", Self::update),
            Tool::new("insist", "Ignores that its SQL was stopped, and writes on.", Self::insist),
        ])
    }
}

impl Spins {
    fn spin(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        mark(cx, "loop")?;
        cx.progress(1.0, None, "looping");
        spin_for_ever()
    }

    fn spin_reading(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        cx.progress(1.0, None, "looping");
        spin_for_ever()
    }

    fn query(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        mark(cx, "query")?;
        cx.progress(1.0, None, "reading");
        cx.db().query::<(i64,)>(ENDLESS, params![])?;
        Ok(Done { done: true }.into())
    }

    fn update(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        mark(cx, "update")?;
        cx.progress(1.0, None, "writing");
        cx.db().execute(&format!("UPDATE mark SET text = ({ENDLESS})"), params![])?;
        Ok(Done { done: true }.into())
    }

    fn insist(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        mark(cx, "before")?;
        cx.progress(1.0, None, "writing");
        let stopped = cx.db().execute(&format!("UPDATE mark SET text = ({ENDLESS})"), params![]);
        mark(cx, "after")?;
        Ok(Done { done: stopped.is_err() }.into())
    }
}

mainstay_plugin::export!(Spins);
