//! Native fakes of every import, so that a plugin's logic is tested without WebAssembly.
//!
//! The database is real SQLite in memory; time stands still until a test moves it; random bytes are the
//! same in every run. Calls have the host's semantics: one savepoint each, rolled back on error.

mod fake;
mod harness;

pub use self::fake::{Changed, FakeHost};
pub use self::harness::{Answered, Harness};

#[cfg(test)]
mod tests;
