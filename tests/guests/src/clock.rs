//! Looks at clocks and draws random bytes.
#![cfg(target_family = "wasm")]

use std::hint::black_box;
use std::time::Instant;

use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Nothing, begin_entry, migrations, with_marks};

/// Some milliseconds of work.
const WORK: u64 = 20_000_000;

#[derive(Default)]
struct Clock;

#[derive(Serialize, JsonSchema)]
struct Seen {
    /// Wall time before some work and after it, in milliseconds.
    now: (u64, u64),
    /// What the work took by the monotonic clock, in nanoseconds.
    took: u64,
    /// Two draws.
    random: ([u8; 16], [u8; 16]),
}

impl Plugin for Clock {
    fn describe() -> Description {
        Description::new("clock", env!("CARGO_PKG_VERSION")).migrations(migrations())
    }

    fn tools() -> Vec<Tool<Self>> {
        with_marks(vec![
            Tool::new("look", "Says what it sees.", Self::look),
            Tool::new("look_twice", "Logs what it sees, and traps unless the instance is fresh.", Self::look_twice),
        ])
    }
}

impl Clock {
    fn look(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Seen> {
        begin_entry();
        Ok(see(cx).into())
    }

    fn look_twice(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Seen> {
        let seen = see(cx);
        cx.warn(&serde_json::to_string(&seen)?);
        assert!(begin_entry() == 1, "once more");
        Ok(seen.into())
    }
}

fn see(cx: &Context<'_>) -> Seen {
    let (now, begun) = (cx.now(), Instant::now());
    (0..WORK).for_each(|turn| {
        black_box(turn);
    });
    let took = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
    Seen { now: (now, cx.now()), took, random: (cx.random(), cx.random()) }
}

mainstay_plugin::export!(Clock);
