//! Says what it was configured with.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::Nothing;

#[derive(Default)]
struct Configured {
    config: serde_json::Value,
}

#[derive(Serialize, JsonSchema)]
struct Configuration {
    config: serde_json::Value,
}

impl Plugin for Configured {
    fn describe() -> Description {
        Description::new("configured", env!("CARGO_PKG_VERSION"))
    }

    fn tools() -> Vec<Tool<Self>> {
        vec![Tool::new("configuration", "Says what it was started with.", Self::configuration)]
    }

    fn start(&mut self, _: &Context<'_>, config: serde_json::Value) -> Result<(), Failure> {
        self.config = config;
        Ok(())
    }
}

impl Configured {
    fn configuration(&mut self, _: &Context<'_>, _: Nothing) -> Outcome<Configuration> {
        Ok(Configuration { config: self.config.clone() }.into())
    }
}

mainstay_plugin::export!(Configured);
