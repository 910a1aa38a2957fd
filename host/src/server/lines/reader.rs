//! Messages of bounded length, one a line.

use std::io;

use rmcp::model::RequestId;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

use super::scan::IdScanner;

/// Where a client's lines come from.
pub(crate) type Source = Box<dyn AsyncRead + Send + Unpin>;

/// Read ahead at most, in bytes.
const AHEAD: usize = 64 << 10;

/// Reads lines. A read that is given up halfway loses nothing.
pub(crate) struct Reader {
    /// What was read already by whoever had the source before.
    first: Vec<u8>,
    source: BufReader<Source>,
    line: Vec<u8>,
    /// The line is too long: only its id is looked for.
    skipping: Option<IdScanner>,
}

/// What was read.
pub(crate) enum Read {
    /// The line is [`Reader::line`].
    Line,
    /// Too long; the id it had, if any.
    Skipped(Option<RequestId>),
    End,
}

impl Reader {
    pub(crate) fn new(source: Source) -> Self {
        Self::after(Vec::new(), source)
    }

    /// Goes on where another has stopped: `first` is what that one had [left](Self::left).
    pub(crate) fn after(first: Vec<u8>, source: Source) -> Self {
        Self { first, source: BufReader::with_capacity(AHEAD, source), line: Vec::new(), skipping: None }
    }

    /// Reads the next line, of at most `longest` bytes with its end.
    ///
    /// # Errors
    /// If the source fails.
    pub(crate) async fn next(&mut self, longest: usize) -> io::Result<Read> {
        if !self.first.is_empty() {
            let first = std::mem::take(&mut self.first);
            let (line, rest) = match first.iter().position(|byte| *byte == b'\n') {
                Some(newline) => (&first[..=newline], &first[newline + 1..]),
                None => (&first[..], &first[..0]),
            };
            self.first = rest.to_vec();
            if let Some(read) = take(&mut self.line, &mut self.skipping, line, longest) {
                return Ok(read);
            }
        }
        loop {
            let available = self.source.fill_buf().await?;
            if available.is_empty() {
                return Ok(Read::End);
            }
            let newline = available.iter().position(|byte| *byte == b'\n');
            let taken = newline.map_or(available.len(), |index| index + 1);
            // Not `self.take`: the bytes are the source's.
            let read = take(&mut self.line, &mut self.skipping, &available[..taken], longest);
            self.source.consume(taken);
            if let Some(read) = read {
                return Ok(read);
            }
        }
    }

    /// The line that was read.
    pub(crate) fn line(&self) -> &[u8] {
        self.line.trim_ascii()
    }

    /// The line that was read, for whoever keeps it.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let mut line = std::mem::take(&mut self.line);
        line.truncate(line.trim_ascii_end().len());
        line
    }

    /// Makes room for the next line.
    pub(crate) fn done(&mut self) {
        self.line.clear();
    }

    /// How much there is of the line that is read.
    pub(crate) fn held(&self) -> usize {
        self.line.len()
    }

    /// What was read and is no whole line yet, or was not asked for.
    pub(crate) fn left(&self) -> Vec<u8> {
        [&self.line, &self.first, self.source.buffer()].concat()
    }
}

/// Takes a piece that ends with the line, or earlier. Says what the line is, if it is whole.
fn take(line: &mut Vec<u8>, skipping: &mut Option<IdScanner>, piece: &[u8], longest: usize) -> Option<Read> {
    let fits = line.len() + piece.len() <= longest;
    match skipping {
        Some(scanner) => scanner.feed(piece),
        None if fits => line.extend_from_slice(piece),
        None => {
            let mut scanner = IdScanner::default();
            scanner.feed(line);
            scanner.feed(piece);
            *line = Vec::new();
            *skipping = Some(scanner);
        }
    }
    if piece.last() != Some(&b'\n') {
        return None;
    }
    Some(match skipping.take() {
        Some(scanner) => Read::Skipped(scanner.id()),
        None => Read::Line,
    })
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("line", &self.line.len()).finish_non_exhaustive()
    }
}
