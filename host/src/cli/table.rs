//! Tables for people.

use std::io::{self, Write as _};

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{ContentArrangement, Table};

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
pub(super) fn list(header: &[&str]) -> Table {
    let mut list = table(header);
    if !list.is_tty() {
        list.set_content_arrangement(ContentArrangement::Disabled);
    }
    list
}

/// Prints to standard output; a reader that has gone is no error.
pub(super) fn print(text: &impl std::fmt::Display) -> anyhow::Result<()> {
    is_read(text).map(drop)
}

/// Prints to standard output, and says whether anybody is there to read more.
pub(super) fn is_read(text: &impl std::fmt::Display) -> anyhow::Result<bool> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        other => Ok(other.map(|()| true)?),
    }
}
