//! A version of `relay` whose `append` also requires a label, and takes a remark.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::relay::{Append, Appended, Relay, Variant};

struct EditsTool;

impl Variant for EditsTool {
    const VERSION: &str = "2.0.0-edits-tool";

    fn tools(mut common: Vec<Tool<Relay<Self>>>) -> Vec<Tool<Relay<Self>>> {
        common[0] = Tool::new("append", "Appends a numbered row under a label.", append).additive();
        common
    }
}

#[derive(Deserialize, JsonSchema)]
struct Labelled {
    client: String,
    number: i64,
    /// Is written in front of the client.
    label: String,
    /// Is written behind it.
    remark: Option<String>,
}

fn append(relay: &mut Relay<EditsTool>, cx: &Context<'_>, args: Labelled) -> Outcome<Appended> {
    let Labelled { client, number, label, remark } = args;
    relay.append(cx, Append { client: format!("{label}{client}{}", remark.unwrap_or_default()), number })
}

mainstay_plugin::export!(Relay<EditsTool>);
