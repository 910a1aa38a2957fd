//! Write a Mainstay plugin in Rust.
//!
//! A plugin is a value that implements [`Plugin`] and an [`export!`]. Its logic is ordinary Rust: it is
//! given a [`Context`] through which it reaches the database, its keys and values, progress and the log,
//! and it is tested natively with [`testing::Harness`], without WebAssembly.
//!
//! ```
//! use mainstay_plugin::prelude::*;
//!
//! #[derive(Default)]
//! struct Counter;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Increment {
//!     /// How much to add.
//!     by: i64,
//! }
//!
//! #[derive(Serialize, JsonSchema)]
//! struct Total {
//!     total: i64,
//! }
//!
//! impl Plugin for Counter {
//!     fn describe() -> Description {
//!         Description::new("counter", env!("CARGO_PKG_VERSION"))
//!     }
//!
//!     fn tools() -> Vec<Tool<Self>> {
//!         vec![Tool::new("increment", "Adds to the counter and returns the total.", Self::increment)]
//!     }
//! }
//!
//! impl Counter {
//!     fn increment(&mut self, cx: &Context<'_>, args: Increment) -> Outcome<Total> {
//!         let total = cx.state().get::<i64>("total")?.unwrap_or(0) + args.by;
//!         cx.state().put("total", &total)?;
//!         Ok(Total { total }.into())
//!     }
//! }
//!
//! mainstay_plugin::export!(Counter);
//!
//! # fn main() {
//! let mut host = mainstay_plugin::testing::Harness::<Counter>::new();
//! let answer = host.call("increment", serde_json::json!({ "by": 2 })).expect_done();
//! assert_eq!(answer["total"], 2);
//! # }
//! ```
//!
//! Read in this order: [`Plugin`], [`Tool`], [`Context`], then [`Step`] for calls that wait.

mod asking;
pub mod bindings;
mod completion;
mod context;
mod database;
mod describe;
mod failure;
mod files;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod glue;
mod imports;
mod plugin;
mod prompt;
mod reply;
mod resource;
mod state;
mod step;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
mod tool;

pub use self::asking::{PromptQuestion, PromptReplies, PromptStep};
pub use self::bindings::mainstay::plugin::changes::ChangedList;
pub use self::bindings::mainstay::plugin::log::Level;
pub use self::completion::{CompletionRequest, Completions, Reference};
pub use self::context::Context;
pub use self::database::{Database, DatabaseError, FromRow, FromValue, Row, Rows, Statement, Value};
pub use self::describe::{Description, Migration};
pub use self::failure::{Failure, InvalidArgument};
pub use self::files::{FileError, Files, Found};
pub use self::imports::Imports;
pub use self::plugin::Plugin;
pub use self::prompt::{Prompt, PromptArgument, PromptError, PromptMessage, PromptResult};
pub use self::reply::{Content, Outcome, Reply};
pub use self::resource::{ResourceBody, ResourceContents, ResourceError, ResourceInfo, ResourcePage, ResourceTemplate};
pub use self::state::State;
pub use self::step::{Answer, Answers, ElicitAction, FormAnswer, Request, Step, Wait, WaitOutcome};
pub use self::tool::{TaskUse, Tool};

/// Everything a plugin usually needs.
pub mod prelude {
    pub use crate::{
        Answer, Answers, Content, Context, Description, Failure, FormAnswer, Migration, Outcome, Plugin, Reply,
        Request, Statement, Step, Tool, Wait, WaitOutcome, params,
    };
    pub use schemars::JsonSchema;
    pub use serde::{Deserialize, Serialize};
}

#[doc(hidden)]
pub use {schemars, serde, serde_json};

/// Makes a component of a [`Plugin`].
///
/// `export!(MyPlugin)` exports what every plugin must; name what else it implements:
/// `export!(MyPlugin, resources, prompts, asking_prompts, completion)`. Away from WebAssembly it expands to nothing, so
/// the same crate can be tested natively.
#[macro_export]
macro_rules! export {
    ($plugin:ty $(, $extra:ident)* $(,)?) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            type Glue = $crate::glue::Glue<$plugin>;
            $crate::bindings::export_plugin!(Glue with_types_in $crate::bindings);
            $($crate::export!(@extra Glue, $extra);)*
        };
    };
    (@extra $glue:ident, resources) => {
        $crate::bindings::resources::export_resources!($glue with_types_in $crate::bindings::resources);
    };
    (@extra $glue:ident, prompts) => {
        $crate::bindings::prompts::export_prompts!($glue with_types_in $crate::bindings::prompts);
    };
    (@extra $glue:ident, asking_prompts) => {
        $crate::bindings::asking_prompts::export_asking_prompts!(
            $glue with_types_in $crate::bindings::asking_prompts
        );
    };
    (@extra $glue:ident, completion) => {
        $crate::bindings::completion::export_completion!($glue with_types_in $crate::bindings::completion);
    };
}
