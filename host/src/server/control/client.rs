//! The side that asks.

use tokio::io::{AsyncWriteExt as _, ReadHalf, WriteHalf};

use super::ControlError;
use super::lines::Lines;
use super::place::socket_path;
use super::protocol::{ANSWER_BYTES, Event, JoinOrder, Request, ToolAnswer, ToolOrder};
use super::socket::{self, Stream};
use crate::model::swap::SwapPhase;
use crate::server::lines::{Reader, Sink};
use crate::store::DataDir;

/// A connection to the host of a data directory.
#[derive(Debug)]
pub struct ControlClient {
    lines: Lines<ReadHalf<Stream>>,
    writer: WriteHalf<Stream>,
}

/// The way to the host for a client that is answered there.
pub(crate) struct Joined {
    pub(crate) reader: Reader,
    pub(crate) sink: Sink,
}

impl ControlClient {
    /// Connects.
    ///
    /// # Errors
    /// [`ControlError::NoHost`] if nobody is the host of the directory.
    pub async fn connect(dir: &DataDir) -> Result<Self, ControlError> {
        let stream = socket::connect(&socket_path(dir), dir).await?;
        let (reader, writer) = tokio::io::split(stream);
        Ok(Self { lines: Lines::new(reader, ANSWER_BYTES), writer })
    }

    /// Has a client answered by the host: what follows are the messages of MCP, one a line.
    ///
    /// # Errors
    /// If the host does not take it.
    pub(crate) async fn join(mut self, order: JoinOrder) -> Result<Joined, ControlError> {
        match self.exchange(&Request::Join(order), |_| {}).await? {
            Event::Joined { .. } => {}
            other => return Err(ControlError::Strange(format!("joining is answered with {other:?}"))),
        }
        let (first, source) = self.lines.into_parts();
        Ok(Joined { reader: Reader::after(first, Box::new(source)), sink: Box::new(self.writer) })
    }

    /// Asks, tells `on_phase` how far it is, and gives the event that ends the answer. What was asked for goes on
    /// if this is dropped.
    ///
    /// # Errors
    /// If the host refuses the request or the connection ends. That a swap is refused is no error.
    pub async fn request(
        &mut self,
        request: &Request,
        mut on_phase: impl FnMut(SwapPhase),
    ) -> Result<Event, ControlError> {
        let on_event = |event| {
            if let Event::Phase { phase, .. } = event {
                on_phase(phase);
            }
        };
        self.exchange(request, on_event).await
    }

    /// Calls a tool of the host's own and tells `on_progress` how far it is, in percent and in words. It goes on if this
    /// is dropped.
    ///
    /// # Errors
    /// If there is no such tool, or the connection ends. That the tool answers with an error is none.
    pub async fn tool(
        &mut self,
        order: ToolOrder,
        mut on_progress: impl FnMut(f64, Option<&str>),
    ) -> Result<ToolAnswer, ControlError> {
        let on_event = |event| {
            if let Event::Progress { progress, message } = event {
                on_progress(progress, message.as_deref());
            }
        };
        match self.exchange(&Request::Tool(order), on_event).await? {
            Event::Answer(answer) => Ok(answer),
            other => Err(ControlError::Strange(format!("a tool answers {other:?}"))),
        }
    }

    /// Tells `on_event` of all events but the one that ends the answer.
    async fn exchange(&mut self, request: &Request, mut on_event: impl FnMut(Event)) -> Result<Event, ControlError> {
        let line = request.line().map_err(|error| ControlError::Strange(error.to_string()))?;
        // A host that has no room says so without reading: its words come first.
        let written = self.writer.write_all(&line).await;
        loop {
            let line = match self.lines.next().await {
                Ok(Some(line)) => line,
                Ok(None) => return Err(written.err().map_or(ControlError::Ended, ControlError::Io)),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return Err(ControlError::Ended),
                Err(error) => return Err(error.into()),
            };
            match serde_json::from_slice(line).map_err(|error| ControlError::Strange(error.to_string()))? {
                step @ (Event::Phase { .. } | Event::Progress { .. }) => on_event(step),
                Event::Unknown => {}
                Event::Error { message } => return Err(ControlError::Refused(message)),
                end => return Ok(end),
            }
        }
    }
}
