//! Looks for files and reads them: `find` on an instance that only reads, `read` on the one that writes.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;

#[derive(Default)]
struct Files;

#[derive(Deserialize, JsonSchema)]
struct Find {
    directory: String,
    patterns: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
struct Read {
    directory: String,
    name: String,
}

#[derive(Serialize, JsonSchema)]
struct Found {
    names: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Text {
    text: String,
}

impl Plugin for Files {
    fn describe() -> Description {
        Description::new("files", env!("CARGO_PKG_VERSION"))
    }

    fn tools() -> Vec<Tool<Self>> {
        vec![Tool::new("find", "Finds files.", Self::find).read_only(), Tool::new("read", "Reads a file.", Self::read)]
    }
}

impl Files {
    fn find(&mut self, cx: &Context<'_>, args: Find) -> Outcome<Found> {
        let patterns: Vec<_> = args.patterns.iter().map(String::as_str).collect();
        let found = cx.files().find(&args.directory, &patterns)?;
        Ok(Found { names: found.into_iter().map(|found| found.name).collect() }.into())
    }

    fn read(&mut self, cx: &Context<'_>, args: Read) -> Outcome<Text> {
        Ok(Text { text: cx.files().read_text(&args.directory, &args.name)? }.into())
    }
}

mainstay_plugin::export!(Files);
