//! `mainstay import`

mod batches;
mod export;
mod original;
mod sum;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use self::batches::Batches;
use self::sum::Sum;
use super::exit_code::WrongUsage;
use super::export::absolute;
use super::operator::Operator;
use super::progress::Progress;
use super::{block_on, table, write_error};
use crate::app::Options;

/// The tool that does it.
const TOOL: &str = "orchestrator_import";
/// The most that is sent at once, in bytes: a dry run is one call.
const MOST_BYTES: usize = 8 << 20;
/// The most records in a dry run.
const MOST_RECORDS: usize = 10_000;

/// Take in an export, or what the Python program mcp-task-orchestrator kept
///
/// What is there already is left as it is, so it may be repeated. Anything that cannot be taken is named with the reason.
/// Nothing in DIR is changed. Works whether a host is running or not.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// A folder of `mainstay export`, or a folder .task_orchestrator, or the one that has it
    dir: PathBuf,
    /// The workspace that all of it goes to [default: what the export says; where the folder .task_orchestrator is]
    #[arg(long, value_name = "DIR")]
    workspace: Option<PathBuf>,
    /// Only say what would be taken
    #[arg(long)]
    dry_run: bool,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// What is to be sent.
struct Cargo {
    /// As the tool names it.
    source: &'static str,
    into: Option<String>,
    /// Records that belong together, in order.
    groups: Vec<Vec<Value>>,
    /// Sent again, for what is between them.
    twice: bool,
    /// What is not sent, and why.
    notes: Vec<String>,
}

impl Import {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let workspace = self.workspace.as_deref().map(absolute).transpose()?;
        // All of it is read before anything is sent: what is damaged is taken as a whole or not at all.
        let cargo = match found(&self.dir) {
            Some(Found::Export(file)) => export::read(&file, workspace)?,
            Some(Found::Original(folder)) => original::read(&folder, workspace)?,
            None => {
                let problem = "is neither an export (it has no export.jsonl) nor of the Python program (it has no \
                    .task_orchestrator): name a folder that is";
                return Err(WrongUsage(format!("{} {problem}", self.dir.display())).into());
            }
        };
        let mut operator = Operator::new(options)?;
        let sum = block_on(async {
            if self.dry_run { try_out(&mut operator, &cargo).await } else { send(&mut operator, &cargo).await }
        })?;
        if self.json {
            return table::print(&serde_json::to_string_pretty(&sum.to_json(self.dry_run, &cargo.notes))?);
        }
        table::print(&sum.to_text(self.dry_run, &cargo.notes))
    }
}

enum Found {
    Export(PathBuf),
    Original(PathBuf),
}

/// What a folder is.
fn found(dir: &Path) -> Option<Found> {
    const ORIGINAL: &str = ".task_orchestrator";
    let export = dir.join(super::export::RECORDS);
    if export.is_file() {
        Some(Found::Export(export))
    } else if dir.is_file() && super::export::is_export(dir) {
        Some(Found::Export(dir.to_owned()))
    } else if dir.join(ORIGINAL).is_dir() {
        Some(Found::Original(dir.join(ORIGINAL)))
    } else if dir.is_dir()
        && std::path::absolute(dir).is_ok_and(|dir| dir.file_name().is_some_and(|name| name == ORIGINAL))
    {
        Some(Found::Original(dir.to_owned()))
    } else {
        None
    }
}

async fn send(operator: &mut Operator, cargo: &Cargo) -> anyhow::Result<Sum> {
    let progress = Progress::of_anything();
    let mut sum = Sum::default();
    let rounds: &[bool] = if cargo.twice { &[false, true] } else { &[false] };
    for links in rounds {
        let mut done = 0;
        for batch in Batches::new(&cargo.groups) {
            done += batch.len();
            let arguments = arguments(cargo, batch, *links, sum.workspace(), false);
            let text = operator.call(TOOL, arguments).await.inspect_err(|_| {
                if sum.has_any() {
                    write_error(
                        "the import ended early; what was taken stays, and the same command goes on with the rest",
                    );
                }
            })?;
            sum.add(&text)?;
            progress.words(&format!("{done} records"));
        }
    }
    Ok(sum)
}

/// Has the tool do all of it in one call, which it fails at the end.
async fn try_out(operator: &mut Operator, cargo: &Cargo) -> anyhow::Result<Sum> {
    let records: Vec<Value> = cargo.groups.iter().flatten().cloned().collect();
    let bytes = batches::size(&records);
    if records.len() > MOST_RECORDS || bytes > MOST_BYTES {
        let count = records.len();
        let problem = format!(
            "there are {count} records of {bytes} bytes, and a dry run takes at most {MOST_RECORDS} and {MOST_BYTES}: \
             import them into a data directory of their own to see what comes of it, with --data-dir"
        );
        return Err(WrongUsage(problem).into());
    }
    let said = operator.ask(TOOL, arguments(cargo, records, false, None, true)).await?;
    let mut sum = Sum::default();
    if sum.add(&said.text).is_err() {
        write_error(&said.text);
        return Err(super::exit_code::ToolAnsweredWithError.into());
    }
    Ok(sum)
}

fn arguments(
    cargo: &Cargo,
    records: Vec<Value>,
    links: bool,
    workspace: Option<&str>,
    dry_run: bool,
) -> Map<String, Value> {
    let mut arguments = Map::from_iter([
        ("source".to_owned(), cargo.source.into()),
        ("records".to_owned(), Value::Array(records)),
        ("links".to_owned(), links.into()),
        ("dry_run".to_owned(), dry_run.into()),
    ]);
    for (name, value) in [("into", cargo.into.as_deref()), ("workspace", workspace)] {
        arguments.extend(value.map(|value| (name.to_owned(), value.into())));
    }
    arguments
}

#[cfg(test)]
mod tests;
