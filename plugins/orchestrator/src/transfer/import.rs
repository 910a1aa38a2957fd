//! Taking in what was exported, here or elsewhere.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Value};
use serde_json::Map;

use super::export::{END, FORMAT, VERSION};
use super::kinds::{self, Kind, Of};
use super::record::{Cell, cells};
use super::statement::named;
use super::{Report, python, refused, waiting};
use crate::limits::{self, is_id_byte};
use crate::status::Status;
use crate::task::{self, Task};
use crate::words::{DependencyType, Word};
use crate::workspace::Workspace;

/// Records in one call.
pub(crate) const RECORDS: usize = 1_000;
/// Records of a dry run, which is one call: nothing is left of the one before.
pub(crate) const DRY_RECORDS: usize = 10_000;

/// A record as it is sent.
pub(crate) type Object = Map<String, serde_json::Value>;

/// Where records go.
#[derive(Debug, Default)]
pub(crate) struct Target<'a> {
    /// All go there, whatever they say.
    pub(crate) into: Option<&'a str>,
    /// They go there until one of them names another.
    pub(crate) workspace: Option<&'a str>,
}

/// Takes in lines of an export. What cannot be taken is told of, and the rest is taken.
pub(crate) fn records(cx: &Context<'_>, target: &Target<'_>, records: &[Object]) -> Result<Report, Failure> {
    let mut workspace = match (target.into, target.workspace) {
        (Some(path), _) => Some(stored(cx, "/into", path, None)?),
        (None, Some(path)) => Some(stored(cx, "/workspace", path, None)?),
        (None, None) => None,
    };
    let mut report = Report::default();
    for record in records {
        let name = record.get("kind").and_then(serde_json::Value::as_str).unwrap_or_default();
        if name == FORMAT {
            check_version(record)?;
        } else if name == END {
            break;
        } else if name == "workspace" {
            workspace = Some(begin(cx, target, record, &mut report)?);
        } else if let Some(kind) = kinds::of_name(name) {
            let workspace = workspace.as_ref().ok_or_else(|| {
                Failure::new("no-workspace", "the records do not say which workspace they are of")
                    .with_hint("Send the record of kind workspace before them, or name one with `into`.")
            })?;
            take(cx, workspace, kind, record, &mut report)?;
        } else {
            report.left_out(format!("record {name:?}"), "is of no kind that this version knows");
        }
    }
    report.workspace = workspace.map(|workspace| workspace.path);
    Ok(report)
}

/// Takes in rows and files of the Python program: for themselves, or what is between them, or one after the other.
pub(crate) fn foreign(cx: &Context<'_>, into: &str, rounds: &[bool], records: &[Object]) -> Result<Report, Failure> {
    let workspace = stored(cx, "/into", into, None)?;
    let mut report = Report::default();
    for links in rounds {
        report.add(python::take(cx, &workspace, *links, records)?);
    }
    report.workspace = Some(workspace.path);
    Ok(report)
}

fn check_version(record: &Object) -> Result<(), Failure> {
    let version = record.get("version").and_then(serde_json::Value::as_i64);
    if version == Some(VERSION) {
        return Ok(());
    }
    let version = version.map_or("no number".to_owned(), |version| version.to_string());
    let message = format!("the export is of version {version} of the format; this version reads {VERSION}");
    Err(Failure::new("other-version", message).with_hint("Import it with the version that is newer."))
}

fn begin(cx: &Context<'_>, target: &Target<'_>, record: &Object, report: &mut Report) -> Result<Workspace, Failure> {
    let own = record.get("path").and_then(serde_json::Value::as_str).unwrap_or_default();
    let (field, path) = target.into.map_or(("/records/path", own), |into| ("/into", into));
    let known = Workspace::of_operator(cx, field, path)?.id != 0;
    if known {
        report.found("workspace");
    } else {
        report.took("workspace");
    }
    stored(cx, field, path, record.get("created_at").and_then(serde_json::Value::as_i64))
}

fn stored(cx: &Context<'_>, field: &str, path: &str, created_at: Option<i64>) -> Result<Workspace, Failure> {
    let mut workspace = Workspace::of_operator(cx, field, path)?;
    let is_new = workspace.id == 0;
    workspace.store(cx)?;
    // One that has just been made for the import is as old as what goes into it.
    if let Some(at) = created_at {
        let empty = "UPDATE workspace SET created_at = ?2 WHERE id = ?1
            AND (?3 OR NOT EXISTS (SELECT 1 FROM task WHERE workspace_id = ?1))";
        cx.db().execute(empty, params![workspace.id, at, is_new])?;
    }
    Ok(workspace)
}

fn take(
    cx: &Context<'_>,
    workspace: &Workspace,
    kind: &'static Kind,
    object: &Object,
    report: &mut Report,
) -> Result<(), Failure> {
    let cells = match cells(kind, object) {
        Ok(cells) => cells,
        Err(problem) => {
            report.left_out(kind.name, problem);
            return Ok(());
        }
    };
    let record = Incoming { workspace: workspace.id, kind, cells };
    match record.put(cx)? {
        Put::Taken => report.took(kind.name),
        Put::There => report.found(kind.name),
        Put::Not(why) => report.left_out(record.name(), why),
    }
    Ok(())
}

enum Put {
    Taken,
    There,
    Not(String),
}

/// A record that may be taken.
struct Incoming {
    workspace: i64,
    kind: &'static Kind,
    cells: Vec<Cell>,
}

/// Where a task goes.
struct Place {
    seq: i64,
    above: Option<i64>,
    path: String,
}

impl Incoming {
    fn put(&self, cx: &Context<'_>) -> Result<Put, Failure> {
        if self.is_named() && !self.text("id").is_some_and(is_id) {
            return Ok(Put::Not(format!("its id is no id: 1 to {} of A-Z a-z 0-9 _ - are allowed", limits::ID)));
        }
        for (field, of) in self.kind.needs {
            let problem = match self.cell(field) {
                Some(Value::Text(id)) => self.missing(cx, *of, id)?,
                Some(Value::Null) | None => None,
                Some(_) => Some(format!("its {field} is no text")),
            };
            if let Some(problem) = problem {
                return self.refuse(cx, problem);
            }
        }
        match self.there(cx)? {
            Some(true) => {
                self.mark(cx, false)?;
                return Ok(Put::There);
            }
            Some(false) => return self.refuse(cx, self.another().to_owned()),
            None => {}
        }
        if let Some(problem) = self.problem(cx)? {
            return self.refuse(cx, problem);
        }
        let place = if self.kind.name == "task" { Some(self.place(cx)?) } else { None };
        let value = |name: &str| match (name, &place) {
            ("seq", Some(place)) => Value::from(place.seq),
            ("above", Some(place)) => Value::from(place.above),
            ("path", Some(place)) => Value::from(&place.path),
            _ => self.value(name),
        };
        match cx.db().batch(self.kind.insert.iter().map(|sql| named(sql, value)).collect()) {
            Ok(_) => {
                self.mark(cx, false)?;
                Ok(Put::Taken)
            }
            Err(DatabaseError::Constraint(what)) => self.refuse(cx, format!("it does not fit: {what}")),
            Err(error) => Err(error.into()),
        }
    }

    /// Others refer to it by its id.
    fn is_named(&self) -> bool {
        matches!(self.kind.name, "task" | "artifact")
    }

    fn name(&self) -> String {
        let Some(Cell(Value::Text(first))) = self.cells.first() else { return self.kind.name.to_owned() };
        format!("{} {}", self.kind.name, limits::shortened(first, limits::ID))
    }

    fn cell(&self, name: &str) -> Option<&Value> {
        let index = self.kind.fields.iter().position(|field| *field == name)?;
        self.cells.get(index).map(|cell| &cell.0)
    }

    fn text(&self, name: &str) -> Option<&str> {
        if let Some(Value::Text(text)) = self.cell(name) { Some(text) } else { None }
    }

    fn value(&self, name: &str) -> Value {
        if name == "workspace" { self.workspace.into() } else { self.cell(name).cloned().unwrap_or(Value::Null) }
    }

    fn refuse(&self, cx: &Context<'_>, why: String) -> Result<Put, Failure> {
        self.mark(cx, true)?;
        Ok(Put::Not(why))
    }

    /// What belongs to it is to be refused too, or no longer.
    fn mark(&self, cx: &Context<'_>, refused: bool) -> Result<(), Failure> {
        match self.text("id").filter(|_| self.is_named()) {
            Some(id) => refused::set(cx, self.workspace, self.kind.name, id, refused),
            None => Ok(()),
        }
    }

    /// What is wrong with something that the record refers to.
    fn missing(&self, cx: &Context<'_>, of: Of, id: &str) -> Result<Option<String>, Failure> {
        let (what, there) = match of {
            Of::Artifact => ("artifact", "SELECT 1 FROM artifact WHERE workspace_id = ?1 AND id = ?2"),
            Of::Task | Of::FormerTask => ("task", "SELECT 1 FROM task WHERE workspace_id = ?1 AND id = ?2"),
        };
        if refused::is(cx, self.workspace, what, id)? {
            return Ok(Some(format!("it belongs to the {what} {id}, which was not taken")));
        }
        let is_there =
            of == Of::FormerTask || cx.db().query_one::<(i64,)>(there, params![self.workspace, id])?.is_some();
        Ok((!is_there).then(|| format!("there is no {what} {}", limits::shortened(id, limits::ID))))
    }

    /// What is wrong if something else is there.
    fn another(&self) -> &'static str {
        match self.kind.name {
            "artifact" => "something else has its id here, or it was shorter here; nothing was overwritten",
            "artifact_piece" => "its artifact has another text here; nothing was overwritten",
            _ => "something else has its id here; nothing was overwritten",
        }
    }

    /// Why it cannot be where it would go.
    fn problem(&self, cx: &Context<'_>) -> Result<Option<String>, Failure> {
        match self.kind.name {
            "task" => Ok(self.too_deep(cx)?.or(self.finished_above(cx)?)),
            "dependency" => self.deadlock(cx),
            _ => Ok(None),
        }
    }

    fn too_deep(&self, cx: &Context<'_>) -> Result<Option<String>, Failure> {
        let above = self.task(cx, "parent")?.filter(|plan| !plan.has_room_below(1));
        let problem =
            |plan: Task| format!("it would be on level {}; at most {} are allowed", plan.depth + 1, limits::DEPTH);
        Ok(above.map(problem))
    }

    /// Nothing that is open is put below what is finished.
    fn finished_above(&self, cx: &Context<'_>) -> Result<Option<String>, Failure> {
        let status = self.text("status").and_then(Status::parse);
        if status.is_none_or(Status::is_settled) {
            return Ok(None);
        }
        let above = self.task(cx, "parent")?.filter(|plan| plan.status.is_settled());
        Ok(above.map(|plan| format!("its plan {} is finished here", plan.id)))
    }

    /// Only what holds something up is looked at.
    fn deadlock(&self, cx: &Context<'_>) -> Result<Option<String>, Failure> {
        let binds = self.text("type") != Some(DependencyType::Related.as_str())
            && matches!(self.cell("waived_at"), Some(Value::Null) | None);
        match (self.task(cx, "task")?, self.task(cx, "prerequisite")?) {
            (Some(task), Some(prerequisite)) if binds => waiting::problem(cx, &task, &prerequisite),
            _ => Ok(None),
        }
    }

    fn task(&self, cx: &Context<'_>, field: &str) -> Result<Option<Task>, Failure> {
        let sql = "SELECT * FROM task WHERE workspace_id = ?1 AND id = ?2";
        let Some(id) = self.text(field) else { return Ok(None) };
        Ok(cx.db().query_one(sql, params![self.workspace, id])?)
    }

    /// Whether it is there, or something else in its place.
    fn there(&self, cx: &Context<'_>) -> Result<Option<bool>, Failure> {
        let rows = cx.db().batch(vec![named(self.kind.there, |name| self.value(name))])?;
        let first = rows.iter().flat_map(|rows| rows.iter()).next().map(|row| <(bool,)>::from_row(&row));
        Ok(first.transpose()?.map(|(same,)| same))
    }

    fn place(&self, cx: &Context<'_>) -> Result<Place, Failure> {
        let last = cx.db().query_one::<(i64,)>("SELECT coalesce(max(seq), 0) FROM task", params![])?;
        let seq = last.map_or(0, |row| row.0) + 1;
        let parent = "SELECT seq, path FROM task WHERE workspace_id = ?1 AND id = ?2";
        let parent = match self.text("parent") {
            Some(id) => cx.db().query_one::<(i64, String)>(parent, params![self.workspace, id])?,
            None => None,
        };
        let path = task::path(parent.as_ref().map(|(_, path)| path.as_str()), seq);
        Ok(Place { seq, above: parent.map(|(seq, _)| seq), path })
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= limits::ID && id.bytes().all(is_id_byte)
}
