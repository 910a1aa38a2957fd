//! Takes memory until there is no more.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Done, Nothing, hoard_for_ever, mark, migrations, with_marks};

/// Far more than an instance may have.
const TOO_MUCH: usize = 1 << 30;

#[derive(Default)]
struct Hoards;

impl Plugin for Hoards {
    fn describe() -> Description {
        Description::new("hoards", env!("CARGO_PKG_VERSION")).migrations(migrations())
    }

    fn tools() -> Vec<Tool<Self>> {
        with_marks(vec![
            Tool::new("hoard", "Leaves a mark and allocates without end.", Self::hoard),
            Tool::new("ask_for_too_much", "Takes no for an answer.", Self::ask_for_too_much),
            Tool::new("panic", "Panics.", Self::panic),
        ])
    }
}

impl Hoards {
    fn hoard(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        mark(cx, "hoard")?;
        hoard_for_ever()
    }

    fn ask_for_too_much(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        mark(cx, "asked")?;
        let refused = Vec::<u8>::new().try_reserve_exact(TOO_MUCH).is_err();
        Ok(Done { done: refused }.into())
    }

    fn panic(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Done> {
        mark(cx, "panic")?;
        panic!("not for want of memory");
    }
}

mainstay_plugin::export!(Hoards);
