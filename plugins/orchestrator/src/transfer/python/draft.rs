//! A task on its way in.

use mainstay_plugin::prelude::*;
use serde_json::Value;

use super::{Taking, artifact, words};
use crate::effort;
use crate::event;
use crate::limits::{self, is_id_byte, shortened};
use crate::roles::Specialist;
use crate::status::Status;
use crate::task::{self, Task};
use crate::words::{Complexity, TaskType, Word};

/// Numbers that are tried behind an id that is taken.
const TRIES: u32 = 1_000;

/// What is known of a task, as far as it was kept.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its id there.
    pub(super) key: Option<String>,
    pub(super) parent: Option<String>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) task_type: TaskType,
    pub(super) status: Status,
    pub(super) complexity: Complexity,
    pub(super) specialist: Specialist,
    pub(super) effort: Option<String>,
    pub(super) due_at: Option<i64>,
    pub(super) context: Option<Value>,
    pub(super) summary: Option<String>,
    pub(super) created_at: Option<i64>,
    pub(super) updated_at: Option<i64>,
    pub(super) started_at: Option<i64>,
    pub(super) completed_at: Option<i64>,
    /// Names and values of what has no column here.
    pub(super) attributes: Vec<(String, String)>,
    /// What is too long for its column, or has none: it becomes an artifact.
    pub(super) texts: Vec<(&'static str, String)>,
    /// What was not understood.
    pub(super) notes: Vec<String>,
}

impl Draft {
    pub(super) fn new(key: Option<String>, description: Option<String>) -> Self {
        Self {
            key,
            parent: None,
            title: None,
            description,
            task_type: TaskType::Standard,
            status: Status::Pending,
            complexity: Complexity::Moderate,
            specialist: Specialist::Generic,
            effort: None,
            due_at: None,
            context: None,
            summary: None,
            created_at: None,
            updated_at: None,
            started_at: None,
            completed_at: None,
            attributes: Vec::new(),
            texts: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn status(&mut self, word: Option<String>) {
        self.status = self.word("status", word, words::status).unwrap_or(Status::Pending);
    }

    pub(super) fn complexity(&mut self, word: Option<String>) {
        self.complexity = self.word("complexity", word, words::complexity).unwrap_or(Complexity::Moderate);
    }

    pub(super) fn specialist(&mut self, word: Option<String>) {
        self.specialist = self.word("specialist", word, words::specialist).unwrap_or(Specialist::Generic);
    }

    pub(super) fn task_type(&mut self, word: Option<String>) {
        self.task_type = self.word("type", word, words::task_type).unwrap_or(TaskType::Standard);
    }

    /// A word that is unknown here is kept as an attribute.
    fn word<T>(&mut self, what: &str, word: Option<String>, known: impl Fn(&str) -> Option<T>) -> Option<T> {
        let word = word?;
        let found = known(&word);
        if found.is_none() {
            self.notes
                .push(format!("its {what} {:?} is unknown here; it is kept as an attribute", shortened(&word, 64)));
            self.attributes.push((format!("imported_{what}"), shortened(&word, 4_000)));
        }
        found
    }

    /// Stores it, unless it was before.
    pub(super) fn store(mut self, taking: &mut Taking<'_>) -> Result<(), Failure> {
        let Some(key) = self.key.take() else {
            taking.report.left_out("task", "it has no id");
            return Ok(());
        };
        if taking.imported("task", &key)?.is_some() {
            taking.report.found("task");
            return Ok(());
        }
        let id = self.choose_id(taking, &key)?;
        let parent = self.find_parent(taking)?;
        self.fit();
        let now = taking.cx.now().cast_signed();
        let mut statements = self.statements(taking, &id, parent.as_ref(), now)?;
        statements.push(taking.remember("task", &key, &id));
        let current = Some(self.status.as_str());
        let kind = event::Kind::Imported;
        statements.push(event::record(taking.cx, taking.workspace.id, &id, kind, Some(super::SOURCE), current));
        taking.cx.db().batch(statements)?;
        for (name, text) in &self.texts {
            artifact::store_text(taking, &id, name, text, self.created_at.unwrap_or(now))?;
        }
        for note in &self.notes {
            taking.report.changed(format!("task {}", shortened(&key, limits::ID)), note);
        }
        taking.report.took("task");
        Ok(())
    }

    /// The id it had, if it can have it here.
    fn choose_id(&mut self, taking: &Taking<'_>, key: &str) -> Result<String, Failure> {
        let plain: String =
            key.bytes().map(|byte| if is_id_byte(byte) { char::from(byte) } else { '_' }).take(limits::ID).collect();
        let mut id = plain.clone();
        for number in 2..TRIES {
            let taken = "SELECT 1 FROM task WHERE workspace_id = ?1 AND id = ?2";
            if taking.cx.db().query_one::<(i64,)>(taken, params![taking.workspace.id, &id])?.is_none() {
                break;
            }
            let suffix = format!("_{number}");
            id = format!("{}{suffix}", &plain[..plain.len().min(limits::ID - suffix.len())]);
        }
        if id != key {
            self.notes.push(format!("it is called `{id}` here; its id is kept as an attribute"));
            self.attributes.push(("imported_id".to_owned(), shortened(key, 4_000)));
        }
        Ok(id)
    }

    fn find_parent(&mut self, taking: &Taking<'_>) -> Result<Option<Task>, Failure> {
        let Some(key) = self.parent.take() else { return Ok(None) };
        let sql = "SELECT * FROM task WHERE workspace_id = ?1 AND id = ?2";
        let parent = match taking.imported("task", &key)? {
            Some(id) => taking.cx.db().query_one::<Task>(sql, params![taking.workspace.id, id])?,
            None => None,
        };
        let shown = shortened(&key, limits::ID);
        let problem = match &parent {
            None => format!("its plan {shown} is unknown; it is a task of its own"),
            Some(parent) if !parent.has_room_below(1) => {
                format!("below {shown} would be more than {} levels; it is a task of its own", limits::DEPTH)
            }
            Some(_) => return Ok(parent),
        };
        self.notes.push(problem);
        Ok(None)
    }

    /// Cuts what is too long, and keeps all of it as an artifact.
    fn fit(&mut self) {
        let description = self.description.take().or_else(|| self.title.clone()).unwrap_or_default();
        let title =
            self.title.take().or_else(|| description.lines().find(|line| !line.trim().is_empty()).map(str::to_owned));
        let title = title.unwrap_or_else(|| "Without a title".to_owned());
        self.title = Some(shortened(&title, limits::TITLE));
        let description = if description.trim().is_empty() { title } else { description };
        self.description = self.cut("description", Some(description), limits::DESCRIPTION);
        let summary = self.summary.take();
        self.summary = self.cut("summary", summary, limits::SUMMARY);
        self.effort = self.effort.take().map(|effort| shortened(&effort, limits::EFFORT));
        let context = self.context.take().map(|context| context.to_string());
        if let Some(context) = context {
            if context.chars().count() <= limits::CONTEXT {
                self.context = serde_json::from_str(&context).ok();
            } else {
                self.notes.push("its context is too long; it is kept as an artifact".to_owned());
                self.texts.push(("context", context));
            }
        }
    }

    fn cut(&mut self, what: &'static str, text: Option<String>, most: usize) -> Option<String> {
        let text = text?;
        if text.chars().count() <= most {
            return Some(text);
        }
        self.notes.push(format!("its {what} is longer than {most} characters; all of it is kept as an artifact"));
        let begin = shortened(&text, most);
        self.texts.push((what, text));
        Some(begin)
    }

    fn statements(
        &self,
        taking: &mut Taking<'_>,
        id: &str,
        parent: Option<&Task>,
        now: i64,
    ) -> Result<Vec<Statement>, Failure> {
        let last = taking.cx.db().query_one::<(i64,)>("SELECT coalesce(max(seq), 0) FROM task", params![])?;
        let seq = last.map_or(0, |row| row.0) + 1;
        taking.touched.push(seq);
        let created_at = self.created_at.unwrap_or(now);
        let completed_at = self.completed_at.or(self.updated_at).unwrap_or(created_at);
        let was_completed =
            self.status == Status::Completed || (self.status == Status::Archived && self.completed_at.is_some());
        let completed_at = was_completed.then_some(completed_at);
        let started_at = self.started_at.or((self.status.is_under_way() || was_completed).then_some(created_at));
        let path = task::path(parent.map(|parent| parent.path.as_str()), seq);
        let insert = "INSERT INTO task (seq, workspace_id, id, parent, path, depth, position, title, type, status,
                complexity, specialist, effort, due_at, created_at, updated_at, started_at, completed_at, summary,
                context, description)
            VALUES (?1, ?2, ?3, ?4, ?5, length(?5) / 8,
                coalesce((SELECT max(position) + 1 FROM task WHERE parent = ?4), 0), ?6, ?7, ?8, ?9, ?10, ?11, ?12,
                ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
        let parameters = params![
            seq,
            taking.workspace.id,
            id,
            parent.map(|parent| parent.seq),
            path,
            self.title.as_deref().unwrap_or_default(),
            self.task_type,
            self.status,
            self.complexity,
            self.specialist,
            self.effort.clone(),
            self.due_at,
            created_at,
            self.updated_at.or(self.completed_at).unwrap_or(created_at),
            started_at,
            completed_at,
            self.summary.clone(),
            self.context.as_ref().map(Value::to_string),
            self.description.as_deref().unwrap_or_default()
        ];
        let attribute = "INSERT INTO attribute (task, name, type, value, workspace_id)
            VALUES (?1, ?2, 'string', ?3, ?4) ON CONFLICT DO NOTHING";
        let mut statements = vec![Statement::new(insert, parameters)];
        if let Some(minutes) = self.effort.as_deref().and_then(effort::minutes) {
            let update = "UPDATE work SET minutes = ?2 WHERE task = ?1";
            statements.push(Statement::new(update, params![seq, minutes]));
        }
        statements.extend(self.attributes.iter().map(|(name, value)| {
            Statement::new(attribute, params![seq, name, shortened(value, 4_000), taking.workspace.id])
        }));
        Ok(statements)
    }
}
