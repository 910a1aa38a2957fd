//! Breaks off after it has written.
#![cfg(target_family = "wasm")]

use std::hint::black_box;

use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Age, Done, Nothing, begin_entry, mark, migrations, with_marks};

#[derive(Default)]
struct Traps;

impl Plugin for Traps {
    fn describe() -> Description {
        Description::new("traps", env!("CARGO_PKG_VERSION")).migrations(migrations())
    }

    fn tools() -> Vec<Tool<Self>> {
        with_marks(vec![
            Tool::new("panic", "Leaves a mark and panics.", Self::panic),
            Tool::new("panic_reading", "Panics beside the writer.", Self::panic_reading).read_only(),
            Tool::new("recurse", "Leaves a mark and recurses without end.", Self::recurse),
            Tool::new("wear_out", "Works on a fresh instance only.", Self::wear_out),
            Tool::new("fail", "Leaves a mark and refuses.", Self::fail),
            Tool::new("regret", "Leaves a mark and answers with an error.", Self::regret),
        ])
    }
}

impl Traps {
    fn panic(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        mark(cx, "panic")?;
        panic!("out of the blue");
    }

    fn panic_reading(&mut self, _: &Context<'_>, _: Nothing) -> Outcome<Done> {
        panic!("while reading");
    }

    fn recurse(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        mark(cx, "recurse")?;
        Ok(Done { done: deeper(1) == 0 }.into())
    }

    fn wear_out(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Age> {
        mark(cx, "wear_out")?;
        let entries = begin_entry();
        assert!(entries == 2, "worn out");
        Ok(Age { entries }.into())
    }

    fn fail(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        mark(cx, "fail")?;
        Err(Failure::new("no-can-do", "This cannot be done.").with_hint("Do something else."))
    }

    fn regret(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        mark(cx, "regret")?;
        Ok(Reply::from(Done { done: false }).with_text("That went wrong, and was kept.").as_error())
    }
}

fn deeper(depth: u64) -> u64 {
    let next = black_box(depth.wrapping_add(1));
    if next == 0 { 0 } else { deeper(next).wrapping_add(black_box(1)) }
}

mainstay_plugin::export!(Traps);
