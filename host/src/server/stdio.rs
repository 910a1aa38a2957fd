//! Standard input and output.

use rmcp::transport::stdio_pipes;
use tokio_util::sync::CancellationToken;

use super::handler::Handler;
use super::lines::{self, ClientEnd};

/// The client that started this process.
pub(crate) fn client() -> ClientEnd {
    let (reader, writer) = stdio_pipes();
    ClientEnd::new(Box::new(reader), Box::new(writer))
}

/// Serves that client until it closes its end. `leaving` is cancelled then, so that what only waits ends; what runs is
/// finished and answered.
///
/// # Errors
/// If the service ends in another way.
pub async fn serve_stdio(handler: Handler, message_bytes: usize, leaving: CancellationToken) -> anyhow::Result<()> {
    let client = client();
    let reins = client.reins(leaving);
    lines::answer(handler, client, &[], &reins, message_bytes, || false).await?;
    Ok(())
}
