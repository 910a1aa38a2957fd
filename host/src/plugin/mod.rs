//! From bytes to a running instance; the only place that knows wasmtime.
//!
//! [`outline()`] looks at a file without trusting it, [`Compiler`] compiles it in a process of its own and
//! caches the result, [`Plugin`] is a linked component with its description and surface, [`Instance`] is
//! one instantiation. What an instance may reach comes in as [`Services`].

mod cache;
mod compiler;
pub mod contract;
mod engine;
mod entry;
mod imports;
mod instance;
mod loader;
mod outline;
mod surface;
mod wasi;

pub use self::cache::CacheError;
pub use self::compiler::{COMPILE_COMMAND, CompileError, Compiler, compile_stdin_to_stdout};
pub use self::engine::Engine;
pub use self::entry::{Cause, EntryContext, EntryError, KillSwitch, Watch, now, now_us};
pub use self::imports::{Change, NoServices, Services};
pub use self::instance::{Entered, Instance};
pub use self::loader::{LoadError, Loader, Plugin};
pub use self::outline::{ContractError, Outline, outline};
pub use self::surface::{AUDIENCE, Surface, SurfaceError, TaskUse, Tool};

#[cfg(test)]
mod tests;
