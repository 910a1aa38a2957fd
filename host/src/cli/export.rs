//! `mainstay export`

mod folder;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Map, Value};

use self::folder::Folder;
pub(super) use self::folder::{RECORDS, is_export};
use super::exit_code::WrongUsage;
use super::operator::Operator;
use super::progress::Progress;
use super::{block_on, table};
use crate::app::Options;

/// The tool that does it.
const TOOL: &str = "orchestrator_export";

/// Write all tasks of a workspace, or of all, into a folder
///
/// The folder has export.jsonl, which `mainstay import` takes in again, and the same for people: README.md, a page for each
/// plan and one for each artifact. Works whether a host is running or not. What is changed meanwhile may be in it or not.
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// The directory whose tasks are wanted [default: all]
    #[arg(long, value_name = "DIR")]
    workspace: Option<PathBuf>,
    /// Where to; an export that is there is replaced
    #[arg(long, value_name = "DIR", default_value = "mainstay-export")]
    to: PathBuf,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

impl Export {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let workspace = self.workspace.as_deref().map(absolute).transpose()?;
        Folder::check(&self.to).map_err(WrongUsage)?;
        let mut operator = Operator::new(options)?;
        let (records, files) = block_on(self.write(&mut operator, workspace.as_deref()))?;
        let folder = self.to.display();
        if self.json {
            return table::print(
                &serde_json::json!({ "folder": folder.to_string(), "records": records, "pages": files }),
            );
        }
        table::print(&format!(
            "{records} records and {files} pages are in {folder}. Take them in with: mainstay import {folder}"
        ))
    }

    async fn write(&self, operator: &mut Operator, workspace: Option<&str>) -> anyhow::Result<(usize, usize)> {
        let progress = Progress::of_anything();
        let mut pages = Pages { operator, workspace, markdown: false, cursor: None };
        // The first answer comes before the folder is touched: it may be a refusal.
        let mut page = pages.next().await?;
        let mut folder = Folder::begin(&self.to)?;
        let mut records = 0;
        loop {
            records += page.lines().count();
            folder.append_records(&page)?;
            progress.words(&format!("{records} records"));
            if pages.cursor.is_none() {
                break;
            }
            page = pages.next().await?;
        }
        pages.markdown = true;
        loop {
            for line in pages.next().await?.lines() {
                let line: Value = serde_json::from_str(line).context("the orchestrator wrote what is no JSON")?;
                let part = |field: &str| line[field].as_str().unwrap_or_default();
                folder.append_page(part("file"), part("text"))?;
            }
            progress.words(&format!("{} pages", folder.pages()));
            if pages.cursor.is_none() {
                break;
            }
        }
        let files = folder.pages();
        folder.finish()?;
        Ok((records, files))
    }
}

/// What the tool says, page after page.
struct Pages<'a> {
    operator: &'a mut Operator,
    workspace: Option<&'a str>,
    markdown: bool,
    cursor: Option<String>,
}

impl Pages<'_> {
    /// The lines of the next page.
    async fn next(&mut self) -> anyhow::Result<String> {
        let mut arguments = Map::from_iter([("markdown".to_owned(), self.markdown.into())]);
        for (name, value) in [("workspace", self.workspace), ("cursor", self.cursor.as_deref())] {
            arguments.extend(value.map(|value| (name.to_owned(), value.into())));
        }
        let mut text = self.operator.call(TOOL, arguments).await?;
        let last = text.rfind('\n').map_or(0, |at| at + 1);
        let page: Value = serde_json::from_str(&text[last..]).context("the orchestrator wrote what is no JSON")?;
        self.cursor = page["next"].as_str().map(str::to_owned);
        text.truncate(last);
        Ok(text)
    }
}

/// As the orchestrator names workspaces.
pub(super) fn absolute(path: &Path) -> anyhow::Result<String> {
    Ok(std::path::absolute(path)?.to_string_lossy().into_owned())
}
