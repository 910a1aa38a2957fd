//! Standard input and output.

use rmcp::transport::stdio_pipes;

use super::lines::{Sink, Source};

/// The client that started this process: what it says, and where it hears.
pub(crate) fn stdio() -> (Source, Sink) {
    let (reader, writer) = stdio_pipes();
    (Box::new(reader), Box::new(writer))
}
