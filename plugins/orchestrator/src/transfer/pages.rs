//! An export for people: pages in Markdown, as lines of JSON with the name of a file and a text. Several texts of one file
//! follow each other.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use super::export::{BYTES, Page};
use crate::moment;
use crate::workspace::Workspace;

/// Where a page begins. Clients carry it as JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    workspace: i64,
    /// Goes on with the next workspace, each in a folder of its own.
    all: bool,
    folder: String,
    stage: Stage,
    after: i64,
    /// The artifact `after` was begun and goes on behind its piece `position`.
    begun: bool,
    position: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Front,
    Tasks,
    Artifacts,
}

/// The page after `cursor`, of that workspace or of all.
pub(crate) fn page(cx: &Context<'_>, workspace: Option<&Workspace>, cursor: Option<&str>) -> Result<Page, Failure> {
    let mut page = Page::default();
    let at = match (cursor, workspace) {
        (Some(cursor), _) => Some(
            serde_json::from_str(cursor)
                .map_err(|_| Failure::argument("/cursor", "is none of this tool's cursors; leave it out to begin"))?,
        ),
        (None, Some(workspace)) => Some(Cursor::begin(workspace.id, false)),
        (None, None) => first(cx)?,
    };
    let Some(mut at) = at else { return Ok(page) };
    while page.lines.len() < BYTES {
        let goes_on = match at.stage {
            Stage::Front => at.front(cx, &mut page)?,
            Stage::Tasks => at.tasks(cx, &mut page)?,
            Stage::Artifacts => at.artifacts(cx, &mut page)?,
        };
        if goes_on {
            continue;
        }
        at = match following(cx, &at)? {
            Some(next) => next,
            None => return Ok(page),
        };
    }
    page.next = Some(serde_json::to_string(&at)?);
    Ok(page)
}

/// Where all begin. Folders are only needed if there are several.
fn first(cx: &Context<'_>) -> Result<Option<Cursor>, Failure> {
    let ids = cx.db().query::<(i64,)>("SELECT id FROM workspace WHERE id > 0 ORDER BY id LIMIT 2", params![])?;
    Ok(ids.first().map(|(id,)| Cursor::begin(*id, ids.len() > 1)))
}

fn following(cx: &Context<'_>, at: &Cursor) -> Result<Option<Cursor>, Failure> {
    if !at.all {
        return Ok(None);
    }
    let next = "SELECT id FROM workspace WHERE id > ?1 ORDER BY id LIMIT 1";
    let next = cx.db().query_one::<(i64,)>(next, params![at.workspace])?;
    Ok(next.map(|(id,)| Cursor::begin(id, true)))
}

impl Cursor {
    fn begin(workspace: i64, all: bool) -> Self {
        let folder = if all { format!("workspace-{workspace}/") } else { String::new() };
        Self { workspace, all, folder, stage: Stage::Front, after: 0, begun: false, position: 0 }
    }

    fn file(&self, page: &mut Page, name: &str, text: &str) {
        page.lines.push_str(&serde_json::json!({ "file": format!("{}{name}", self.folder), "text": text }).to_string());
        page.lines.push('\n');
        page.records += 1;
    }

    fn front(&mut self, cx: &Context<'_>, page: &mut Page) -> Result<bool, Failure> {
        let path = "SELECT path FROM workspace WHERE id = ?1";
        let path = cx.db().query_one::<(String,)>(path, params![self.workspace])?.map_or(String::new(), |row| row.0);
        let counts = "SELECT status, tasks FROM status_count WHERE workspace_id = ?1 AND tasks > 0 ORDER BY status";
        let counts = cx.db().query::<(String, i64)>(counts, params![self.workspace])?;
        let counts: Vec<_> = counts.iter().map(|(status, tasks)| format!("{tasks} {status}")).collect();
        let counts = if counts.is_empty() { "no tasks".to_owned() } else { counts.join(", ") };
        if self.all {
            let line = format!("- [{path}]({}README.md): {counts}\n", self.folder);
            page.lines.push_str(&serde_json::json!({ "file": "README.md", "text": line }).to_string());
            page.lines.push('\n');
        }
        self.file(page, "README.md", &format!("# {path}\n\n{counts}.\n\n"));
        self.stage = Stage::Tasks;
        Ok(true)
    }

    fn tasks(&mut self, cx: &Context<'_>, page: &mut Page) -> Result<bool, Failure> {
        let sql = "SELECT t.seq, t.id, r.id AS root, t.depth, t.title, t.status, t.specialist, t.complexity, t.effort,
                t.due_at, t.created_at, t.completed_at, t.children, t.open_children, t.summary, t.description,
                (SELECT group_concat('`' || p.id || '`', ', ') FROM dependency AS d JOIN task AS p ON p.seq = d.prerequisite
                    WHERE d.task = t.seq) AS waits,
                (SELECT group_concat(a.id) FROM artifact AS a WHERE a.task = t.seq) AS artifacts
            FROM task AS t JOIN task AS r ON r.path = substr(t.path, 1, 8)
            WHERE t.workspace_id = ?1 AND t.seq > ?2 ORDER BY t.seq LIMIT 40";
        let tasks = cx.db().query::<Described>(sql, params![self.workspace, self.after])?;
        for task in &tasks {
            if task.depth == 1 {
                self.file(page, "README.md", &task.line());
            }
            self.file(page, &format!("plans/{}.md", task.root), &task.section());
        }
        match tasks.last() {
            Some(last) => self.after = last.seq,
            None => (self.stage, self.after) = (Stage::Artifacts, 0),
        }
        Ok(true)
    }

    /// The beginning of an artifact, or some more of the one that was begun: a page cannot have all of a long one.
    fn artifacts(&mut self, cx: &Context<'_>, page: &mut Page) -> Result<bool, Failure> {
        let sql = "SELECT a.seq, a.id, t.id AS task, t.title, a.version, a.created_at, a.summary, a.content
            FROM artifact AS a JOIN task AS t ON t.seq = a.task
            WHERE a.workspace_id = ?1 AND a.seq > ?2 ORDER BY a.seq LIMIT 1";
        if self.begun {
            return self.pieces(cx, page);
        }
        let Some(found) = cx.db().query_one::<Work>(sql, params![self.workspace, self.after])? else {
            return Ok(false);
        };
        let name = format!("artifacts/{}.md", found.id);
        self.file(page, &name, &found.header());
        self.file(page, &name, &found.content);
        (self.after, self.begun, self.position) = (found.seq, true, 0);
        Ok(true)
    }

    fn pieces(&mut self, cx: &Context<'_>, page: &mut Page) -> Result<bool, Failure> {
        let pieces =
            "SELECT a.id, c.position, c.content FROM artifact AS a JOIN artifact_chunk AS c ON c.artifact = a.seq
            WHERE a.seq = ?1 AND a.workspace_id = ?3 AND c.position > ?2 ORDER BY c.position LIMIT 4";
        let pieces =
            cx.db().query::<(String, i64, String)>(pieces, params![self.after, self.position, self.workspace])?;
        self.begun = !pieces.is_empty();
        for (id, position, text) in pieces {
            if page.lines.len() >= BYTES {
                break;
            }
            self.file(page, &format!("artifacts/{id}.md"), &text);
            self.position = position;
        }
        Ok(true)
    }
}

/// A task as people read it.
struct Described {
    seq: i64,
    id: String,
    /// The topmost task above it.
    root: String,
    depth: i64,
    title: String,
    facts: Vec<String>,
    /// Parts that are settled, of how many.
    parts: Option<(i64, i64)>,
    status: String,
    summary: Option<String>,
    description: String,
    artifacts: Option<String>,
}

impl FromRow for Described {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let mut facts =
            vec![row.get::<String>("status")?, row.get::<String>("specialist")?, row.get::<String>("complexity")?];
        facts.extend(row.get::<Option<String>>("effort")?);
        facts.push(format!("created {}", moment::format(row.get("created_at")?)));
        for (column, words) in [("due_at", "due"), ("completed_at", "completed")] {
            facts.extend(row.get::<Option<i64>>(column)?.map(|at| format!("{words} {}", moment::format(at))));
        }
        facts.extend(row.get::<Option<String>>("waits")?.map(|ids| format!("after {ids}")));
        let (children, open): (i64, i64) = (row.get("children")?, row.get("open_children")?);
        Ok(Self {
            seq: row.get("seq")?,
            id: row.get("id")?,
            root: row.get("root")?,
            depth: row.get("depth")?,
            title: row.get("title")?,
            facts,
            parts: (children > 0).then_some((children - open, children)),
            status: row.get("status")?,
            summary: row.get("summary")?,
            description: row.get("description")?,
            artifacts: row.get("artifacts")?,
        })
    }
}

impl Described {
    fn line(&self) -> String {
        let Self { id, title, status, .. } = self;
        let parts = self.parts.map(|(settled, all)| format!(", {settled} of {all} parts finished"));
        format!("- [{}](plans/{id}.md): {status}{}\n", one_line(title), parts.unwrap_or_default())
    }

    fn section(&self) -> String {
        let mark = if self.depth == 1 { "#" } else { "##" };
        let mut text = format!("{mark} {} (`{}`)\n\n{}\n\n", one_line(&self.title), self.id, self.facts.join("; "));
        text.push_str(&format!("{}\n\n", self.description.trim()));
        if let Some(summary) = &self.summary {
            text.push_str(&format!("Result: {}\n\n", summary.trim()));
        }
        for id in self.artifacts.iter().flat_map(|ids| ids.split(',')) {
            text.push_str(&format!("- [{id}](../artifacts/{id}.md)\n"));
        }
        if self.artifacts.is_some() {
            text.push('\n');
        }
        text
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An artifact.
struct Work {
    seq: i64,
    id: String,
    task: String,
    title: String,
    version: i64,
    created_at: i64,
    summary: String,
    content: String,
}

impl FromRow for Work {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            seq: row.get("seq")?,
            id: row.get("id")?,
            task: row.get("task")?,
            title: row.get("title")?,
            version: row.get("version")?,
            created_at: row.get("created_at")?,
            summary: row.get("summary")?,
            content: row.get("content")?,
        })
    }
}

impl Work {
    fn header(&self) -> String {
        let Self { id, task, title, version, summary, .. } = self;
        let delivered = moment::format(self.created_at);
        format!(
            "# {} (`{task}`)\n\nArtifact `{id}`, version {version}, delivered {delivered}. {}\n\n---\n\n",
            one_line(title),
            one_line(summary)
        )
    }
}
