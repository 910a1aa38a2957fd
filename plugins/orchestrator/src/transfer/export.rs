//! What a workspace has, as lines of JSON, a page at a time.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{Row, Value};

use super::kinds::{self, Key, Kind, Of};
use super::record::{Cell, Record};
use super::statement::named;
use crate::workspace::Workspace;

/// Records on a page.
pub(crate) const RECORDS: usize = 500;
/// A page that has so many bytes is full.
pub(crate) const BYTES: usize = 256 * 1024;
/// Tasks or artifacts that are looked at for what belongs to them, at a time and in one call.
const WINDOW: i64 = 2_000;
const WINDOWS: usize = 50;

/// The first line of an export.
pub(crate) const FORMAT: &str = "mainstay-export";
pub(crate) const VERSION: i64 = 1;
/// The kind of the last line, without which an export is not whole.
pub(crate) const END: &str = "end";

/// Some lines, and how to go on.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Each with its end.
    pub(crate) lines: String,
    pub(crate) records: usize,
    pub(crate) next: Option<String>,
}

/// Where a page begins. Clients carry it as JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    /// 0 before the first.
    workspace: i64,
    /// Goes on with the next workspace when this one is done.
    all: bool,
    kind: usize,
    after: Vec<serde_json::Value>,
    /// The last task and the last artifact when the workspace was begun: what comes later is for another export.
    tasks: i64,
    artifacts: i64,
    windows: usize,
}

/// The page after `cursor`, of that workspace or of all.
pub(crate) fn page(cx: &Context<'_>, workspace: Option<&Workspace>, cursor: Option<&str>) -> Result<Page, Failure> {
    let mut page = Page::default();
    let at = match cursor {
        Some(cursor) => Some(parse(cursor)?),
        None => {
            page.lines = format!("{}\n", serde_json::json!({ "kind": FORMAT, "version": VERSION }));
            first(cx, workspace)?
        }
    };
    let Some(mut at) = at else { return Ok(page.ended()) };
    at.windows = 0;
    while !page.is_full() && at.windows < WINDOWS {
        if at.step(cx, &mut page)? {
            continue;
        }
        at = match next_workspace(cx, &at)? {
            Some(next) => next,
            None => return Ok(page.ended()),
        };
    }
    page.next = Some(serde_json::to_string(&at)?);
    Ok(page)
}

fn parse(cursor: &str) -> Result<Cursor, Failure> {
    let parsed: Option<Cursor> = serde_json::from_str(cursor).ok();
    let fits = |at: &Cursor| kinds::ALL.get(at.kind).is_some_and(|kind| kind.keys.len() == at.after.len());
    parsed.filter(fits).ok_or_else(|| {
        let problem = "is none of this tool's cursors; leave it out to begin, or give the last one as it was";
        Failure::argument("/cursor", problem)
    })
}

fn first(cx: &Context<'_>, workspace: Option<&Workspace>) -> Result<Option<Cursor>, Failure> {
    match workspace {
        Some(workspace) if workspace.id == 0 => Ok(None),
        Some(workspace) => Ok(Some(Cursor::begin(cx, workspace.id, false)?)),
        None => following(cx, 0),
    }
}

fn next_workspace(cx: &Context<'_>, at: &Cursor) -> Result<Option<Cursor>, Failure> {
    if at.all { following(cx, at.workspace) } else { Ok(None) }
}

fn following(cx: &Context<'_>, workspace: i64) -> Result<Option<Cursor>, Failure> {
    let next = "SELECT id FROM workspace WHERE id > ?1 ORDER BY id LIMIT 1";
    let next = cx.db().query_one::<(i64,)>(next, params![workspace])?;
    next.map(|(id,)| Cursor::begin(cx, id, true)).transpose()
}

impl Cursor {
    fn begin(cx: &Context<'_>, workspace: i64, all: bool) -> Result<Self, Failure> {
        let last = "SELECT
            coalesce((SELECT seq FROM task WHERE workspace_id = ?1 ORDER BY seq DESC LIMIT 1), 0),
            coalesce((SELECT seq FROM artifact WHERE workspace_id = ?1 ORDER BY seq DESC LIMIT 1), 0)";
        let (tasks, artifacts) = cx.db().query_one(last, params![workspace])?.unwrap_or_default();
        Ok(Self { workspace, all, kind: 0, after: beginning(kinds::ALL[0]), tasks, artifacts, windows: 0 })
    }

    /// Adds what one statement finds. False if there is nothing more in the workspace.
    fn step(&mut self, cx: &Context<'_>, page: &mut Page) -> Result<bool, Failure> {
        let Some(kind) = kinds::ALL.get(self.kind) else { return Ok(false) };
        let statement = named(kind.page, |name| self.value(kind, name));
        let mut found = false;
        for rows in cx.db().batch(vec![statement])? {
            for row in rows.iter() {
                if page.is_full() {
                    return Ok(true);
                }
                page.add(kind, &row)?;
                self.after = keys_of(kind, &row)?;
                found = true;
            }
        }
        if found {
            return Ok(true);
        }
        let upper = self.upper(kind);
        if kind.window.is_some() && upper < self.end(kind) {
            self.windows += 1;
            self.after = beginning(kind);
            self.after[0] = (upper + 1).into();
            return Ok(true);
        }
        self.kind += 1;
        self.after = kinds::ALL.get(self.kind).map(|kind| beginning(kind)).unwrap_or_default();
        Ok(self.kind < kinds::ALL.len())
    }

    fn value(&self, kind: &Kind, name: &str) -> Value {
        let key = |index: usize| match self.after.get(index) {
            Some(serde_json::Value::String(text)) => Value::from(text),
            Some(number) => Value::from(number.as_i64()),
            None => Value::Null,
        };
        match name {
            "workspace" => Value::from(self.workspace),
            "tasks" => Value::from(self.tasks),
            "artifacts" => Value::from(self.artifacts),
            "upper" => Value::from(self.upper(kind)),
            "k1" => key(0),
            "k2" => key(1),
            _ => key(2),
        }
    }

    /// The last of the tasks or artifacts that are looked at now.
    fn upper(&self, kind: &Kind) -> i64 {
        let begin = self.after.first().and_then(serde_json::Value::as_i64).unwrap_or_default();
        begin.saturating_add(WINDOW).min(self.end(kind))
    }

    fn end(&self, kind: &Kind) -> i64 {
        if kind.window == Some(Of::Artifact) { self.artifacts } else { self.tasks }
    }
}

fn beginning(kind: &Kind) -> Vec<serde_json::Value> {
    let before = |key: &Key| match key {
        Key::Number => 0.into(),
        Key::Text => "".into(),
    };
    kind.keys.iter().map(before).collect()
}

fn keys_of(kind: &Kind, row: &Row<'_>) -> Result<Vec<serde_json::Value>, Failure> {
    let mut keys = Vec::new();
    for (name, _) in ["k1", "k2", "k3"].into_iter().zip(kind.keys) {
        keys.push(match row.get::<Cell>(name)?.0 {
            Value::Text(text) => text.into(),
            Value::Integer(number) => number.into(),
            other => return Err(Failure::new("internal", format!("{other:?} is no key of a {}", kind.name))),
        });
    }
    Ok(keys)
}

impl Page {
    fn is_full(&self) -> bool {
        self.records >= RECORDS || self.lines.len() >= BYTES
    }

    fn ended(mut self) -> Self {
        self.lines.push_str(&format!("{}\n", serde_json::json!({ "kind": END })));
        self
    }

    fn add(&mut self, kind: &Kind, row: &Row<'_>) -> Result<(), Failure> {
        let cells = kind.fields.iter().map(|field| row.get::<Cell>(field)).collect::<Result<_, _>>()?;
        self.lines.push_str(&serde_json::to_string(&Record { kind, cells })?);
        self.lines.push('\n');
        self.records += 1;
        Ok(())
    }
}
