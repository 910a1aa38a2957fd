//! Keeps words under keys, some of them secret, and hands over to its successor how many it was given.
#![cfg(target_family = "wasm")]

use std::collections::BTreeMap;

use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Done, Nothing};

#[derive(Default)]
struct Keeper {
    /// In guest memory.
    given: u64,
    /// In guest memory too: what was kept under `a` when this instance was started.
    at_start: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct Keep {
    key: String,
    word: String,
    #[serde(default)]
    secret: bool,
}

#[derive(Serialize, JsonSchema)]
struct Kept {
    words: BTreeMap<String, String>,
    /// In this version and those before it.
    given: u64,
    /// What was kept under `a` when the instance that answers was started.
    at_start: Option<String>,
}

impl Plugin for Keeper {
    fn describe() -> Description {
        Description::new("keeper", "1.0.0")
    }

    fn tools() -> Vec<Tool<Self>> {
        vec![
            Tool::new("keep", "Keeps a word.", Self::keep).idempotent(),
            Tool::new("kept", "Says what is kept.", Self::kept),
            Tool::new("keep_if_unknown", "Keeps a word if there is none, or none that it can read.", Self::careless),
        ]
    }

    fn start(&mut self, cx: &Context<'_>, _: serde_json::Value) -> Result<(), Failure> {
        self.at_start = cx.state().get("a")?;
        Ok(())
    }

    fn export_state(&self) -> Result<Vec<u8>, Failure> {
        Ok(self.given.to_string().into_bytes())
    }

    fn import_state(&mut self, _: u32, data: &[u8]) -> Result<(), String> {
        let text = str::from_utf8(data).map_err(|error| error.to_string())?;
        self.given = text.parse().map_err(|_| format!("{text:?} is no number"))?;
        Ok(())
    }
}

impl Keeper {
    fn keep(&mut self, cx: &Context<'_>, args: Keep) -> Outcome<Done> {
        self.given += 1;
        cx.state().put(&args.key, &args.word)?;
        if args.secret {
            cx.state().set_secret(&args.key, true)?;
        }
        Ok(Done { done: true }.into())
    }

    fn careless(&mut self, cx: &Context<'_>, args: Keep) -> Outcome<Done> {
        let known = cx.state().get::<String>(&args.key).ok().flatten();
        if known.is_none() {
            cx.state().put(&args.key, &args.word)?;
        }
        Ok(Done { done: known.is_none() }.into())
    }

    fn kept(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Kept> {
        let words = cx.state().scan::<String>("", None, 1_000)?.into_iter().collect();
        Ok(Kept { words, given: self.given, at_start: self.at_start.clone() }.into())
    }
}

mainstay_plugin::export!(Keeper);
