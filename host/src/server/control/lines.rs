//! Lines of bounded length.

use std::io;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};

/// Reads lines.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    longest: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(reader: R, longest: usize) -> Self {
        Self { reader: BufReader::new(reader), line: Vec::new(), longest }
    }

    /// What was read already, and where the rest comes from.
    pub(super) fn into_parts(self) -> (Vec<u8>, R) {
        (self.reader.buffer().to_vec(), self.reader.into_inner())
    }

    /// The next line, without its end; none if there is no other. What comes after the last end of a line is none.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] if it is too long: what follows makes no sense then.
    pub(super) async fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let most = u64::try_from(self.longest).unwrap_or(u64::MAX).saturating_add(1);
        (&mut self.reader).take(most).read_until(b'\n', &mut self.line).await?;
        if self.line.pop_if(|last| *last == b'\n').is_some() {
            return Ok(Some(&self.line));
        }
        if self.line.len() <= self.longest {
            return Ok(None);
        }
        let words = format!("a line is longer than {} bytes", self.longest);
        Err(io::Error::new(io::ErrorKind::InvalidData, words))
    }
}
