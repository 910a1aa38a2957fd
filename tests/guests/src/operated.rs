//! Has a tool that is for whoever runs the host, and none of its clients' business.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Done, Nothing, mark, migrations, with_marks};

#[derive(Default)]
struct Operated;

#[derive(Deserialize, JsonSchema)]
struct Purge {
    /// How many marks to leave.
    keep: i64,
}

#[derive(Serialize, JsonSchema)]
struct Purged {
    removed: u64,
    directory: String,
}

impl Plugin for Operated {
    fn describe() -> Description {
        Description::new("operated", env!("CARGO_PKG_VERSION")).migrations(migrations())
    }

    fn tools() -> Vec<Tool<Self>> {
        with_marks(vec![
            Tool::new("purge", "Removes the oldest marks.", Self::purge).operator_only(),
            Tool::new("count", "Counts itself.", Self::count),
        ])
    }
}

impl Operated {
    fn purge(&mut self, cx: &Context<'_>, args: Purge) -> Outcome<Purged> {
        let delete = "DELETE FROM mark WHERE id NOT IN (SELECT id FROM mark ORDER BY id DESC LIMIT ?1)";
        let removed = cx.db().execute(delete, params![args.keep])?;
        let directory = cx.caller().and_then(|caller| caller.working_directory.clone()).unwrap_or_default();
        Ok(Purged { removed, directory }.into())
    }

    fn count(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        mark(cx, "counted")?;
        Ok(Done { done: true }.into())
    }
}

mainstay_plugin::export!(Operated);
