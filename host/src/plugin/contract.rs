//! What wasmtime makes of `wit/`, used as it is: the WIT is the only definition of these types.

#![allow(missing_debug_implementations, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "mainstay:plugin/plugin-with-everything",
    additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
});

pub use self::mainstay::plugin::{changes, database, files, log, progress, state, types};
pub use exports::mainstay::plugin::{asking_prompts, completion, lifecycle, prompts, resources, tools};
