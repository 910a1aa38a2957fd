//! Tables for people.

use std::fmt;
use std::io::{self, Write as _};

use comfy_table::presets::{NOTHING, UTF8_BORDERS_ONLY};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};

/// Where there is no terminal to ask.
const WIDTH: u16 = 100;

/// An empty table, at most as wide as the terminal.
pub(super) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    if !table.is_tty() {
        table.set_width(WIDTH);
    }
    table
        .load_style(UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.to_vec());
    table
}

/// An empty table with a line for each row. Only a terminal that is too narrow breaks them.
pub(super) fn figures(header: &[&str]) -> Table {
    let mut figures = table(header);
    if !figures.is_tty() {
        figures.set_content_arrangement(ContentArrangement::Disabled);
    }
    figures
}

/// An empty table with a line for each row. A terminal that is too narrow breaks them between words; in one that is too
/// narrow even for that, each row is a paragraph.
pub(super) fn list(header: &[&str]) -> List {
    let header = header.iter().map(|name| (*name).to_owned()).collect();
    List { header, rows: Vec::new() }
}

/// Rows, set when it is known how wide they are.
pub(super) struct List {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl List {
    pub(super) fn add_row<T: ToString>(&mut self, row: impl IntoIterator<Item = T>) {
        self.rows.push(row.into_iter().map(|cell| cell.to_string()).collect());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn as_table(&self) -> Table {
        let mut table = table(&self.header.iter().map(String::as_str).collect::<Vec<_>>());
        table.add_rows(self.rows.clone());
        table
    }

    /// The longest word of each column.
    fn words(&self) -> Vec<usize> {
        let cells = |column: usize| {
            self.rows.iter().filter_map(move |row| row.get(column)).chain(&self.header[column..=column])
        };
        let longest =
            |column| cells(column).flat_map(|cell| cell.split_whitespace()).map(|word| word.chars().count()).max();
        (0..self.header.len()).map(|column| longest(column).unwrap_or_default()).collect()
    }

    fn set(&self, room: u16) -> Table {
        let words = self.words();
        // Borders, and two spaces and a gap for each column.
        if words.iter().sum::<usize>() + 3 * words.len() + 1 > usize::from(room) {
            return self.as_paragraphs(room);
        }
        let mut table = self.as_table();
        let constraints = words.into_iter().map(|word| {
            let width = u16::try_from(word + 2).unwrap_or(room);
            ColumnConstraint::LowerBoundary(Width::Fixed(width))
        });
        table.set_width(room).set_constraints(constraints);
        table
    }

    fn as_paragraphs(&self, room: u16) -> Table {
        let mut paragraphs = Table::new();
        paragraphs.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(room);
        for row in &self.rows {
            let mut named = self.header.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
            let first = named.next().map(|(_, cell)| cell.clone()).unwrap_or_default();
            let rest: Vec<_> = named.map(|(name, cell)| format!("{name}: {cell}")).collect();
            paragraphs.add_row([first, rest.join(", ")]);
        }
        paragraphs
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut plain = self.as_table();
        if !plain.is_tty() {
            return plain.set_content_arrangement(ContentArrangement::Disabled).fmt(f);
        }
        match plain.width() {
            Some(room) => self.set(room).fmt(f),
            None => plain.fmt(f),
        }
    }
}

/// Prints to standard output; a reader that has gone is no error.
pub(super) fn print(text: &impl fmt::Display) -> anyhow::Result<()> {
    is_read(text).map(drop)
}

/// Prints to standard output, and says whether anybody is there to read more.
pub(super) fn is_read(text: &impl fmt::Display) -> anyhow::Result<bool> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        other => Ok(other.map(|()| true)?),
    }
}

#[cfg(test)]
mod tests;
