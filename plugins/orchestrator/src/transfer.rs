//! Everything out, and in again.
//!
//! [`kinds`] says what is kept of each table and how it is found, [`export`] writes that as lines of JSON and [`import`]
//! reads them. [`pages`] writes the same for people. [`python`] takes in what the Python program of the same name kept.
//! Nobody who calls sees a workspace of others this way: the tools are for the command line.

pub(crate) mod export;
pub(crate) mod import;
mod kinds;
pub(crate) mod pages;
mod python;
mod record;
mod refused;
mod report;
mod statement;
mod waiting;

pub(crate) use self::report::Report;

#[cfg(test)]
mod tests;
