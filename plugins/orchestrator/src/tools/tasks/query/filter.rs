//! What is checked of every task on the way.

use mainstay_plugin::Value as Sql;
use mainstay_plugin::prelude::*;

use super::QueryTasks;
use super::cursor::Place;
use crate::arguments::date;
use crate::attribute;
use crate::limits::Problems;
use crate::search::Search;
use crate::task::Task;
use crate::words::Word;
use crate::workspace::Workspace;

/// A condition on `t` (a task) or `w` (its figures), in which `?` stands for the value.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) about: About,
    pub(super) sql: &'static str,
    pub(super) values: Vec<Sql>,
}

/// What a condition is about, so that the one that leads is not checked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Status,
    Type,
    Specialist,
    Complexity,
    Priority,
    Attribute(usize),
    Parent,
    Below,
    DependsOn,
    Words,
    Ready,
    Created,
    Updated,
    Due,
}

#[derive(Debug, Default)]
pub(super) struct Filters {
    pub(super) conditions: Vec<Condition>,
    search: Option<Search>,
    /// It is beginnings of words that are looked for. Later pages keep to what the first one did.
    pub(super) beginnings: bool,
}

// A plus keeps the planner from another index than the one that leads.
const STATUS: &str = "+t.status IN (SELECT value FROM json_each(?))";
const TYPE: &str = "+t.type IN (SELECT value FROM json_each(?))";
const SPECIALIST: &str = "+t.specialist IN (SELECT value FROM json_each(?))";
const COMPLEXITY: &str = "+t.complexity IN (SELECT value FROM json_each(?))";
const PRIORITY: &str = "+w.priority IN (SELECT value FROM json_each(?))";
const PARENT: &str = "+t.parent = ?";
const BELOW: &str = "+t.path > ? AND +t.path < ? || 'g'";
const DEPENDS_ON: &str = "EXISTS (SELECT 1 FROM dependency AS d WHERE d.task = t.seq AND d.prerequisite = ?)";
const ATTRIBUTE: &str = "EXISTS (SELECT 1 FROM attribute AS a WHERE a.task = t.seq AND a.name = ? AND a.value = ?)";
const READY: &str = "+t.ready = ?";

impl Filters {
    /// Everything that can be understood without looking at what exists.
    pub(super) fn of(args: &QueryTasks, workspace: i64, problems: &mut Problems) -> Self {
        let mut filters = Self::default();
        filters.words(About::Status, STATUS, "/status", args.status.as_deref(), problems);
        filters.words(About::Type, TYPE, "/task_type", args.task_type.as_deref(), problems);
        filters.words(About::Complexity, COMPLEXITY, "/complexity", args.complexity.as_deref(), problems);
        if let Some(roles) = &args.specialist_type {
            check_list("/specialist_type", roles.len(), problems);
            let names: Vec<_> = roles.iter().map(crate::roles::RoleId::as_str).collect();
            filters.add(About::Specialist, SPECIALIST, vec![Sql::from(serde_json::json!(names).to_string())]);
        }
        if let Some(priorities) = &args.priority {
            check_list("/priority", priorities.len(), problems);
            let ranks: Vec<_> = priorities.iter().map(|priority| priority.rank()).collect();
            filters.add(About::Priority, PRIORITY, vec![Sql::from(serde_json::json!(ranks).to_string())]);
        }
        if let Some(attributes) = &args.attributes {
            let changes = attribute::changes("/attributes", attributes, problems);
            for (index, change) in changes.iter().enumerate() {
                let Some(value) = change.value() else {
                    problems.add("/attributes", format!("`{}` is null; give the value to look for", change.name()));
                    continue;
                };
                let values = vec![Sql::from(change.name()), Sql::from(value)];
                filters.add(About::Attribute(index), ATTRIBUTE, values);
            }
        }
        if let Some(text) = &args.search_text {
            filters.search = Search::of(workspace, "/search_text", text, problems);
        }
        if let Some(ready) = args.ready {
            filters.add(About::Ready, READY, vec![Sql::from(ready)]);
        }
        filters.times(args, problems);
        filters
    }

    /// And what depends on what there is.
    pub(super) fn with_tasks(
        mut self,
        cx: &Context<'_>,
        workspace: &Workspace,
        args: &QueryTasks,
        after: Option<&Place>,
    ) -> Result<Self, Failure> {
        if let Some(id) = &args.parent_task_id {
            let parent = Task::require(cx, workspace, "/parent_task_id", id)?;
            if args.include_children.unwrap_or(false) {
                self.add(About::Below, BELOW, params![&parent.path, &parent.path]);
            } else {
                self.add(About::Parent, PARENT, params![parent.seq]);
            }
        }
        if let Some(id) = &args.depends_on {
            let prerequisite = Task::require(cx, workspace, "/depends_on", id)?;
            self.add(About::DependsOn, DEPENDS_ON, params![prerequisite.seq]);
        }
        if let Some(search) = self.search.take() {
            self.beginnings = match after {
                Some(place) => place.beginnings,
                None => search.has_no_whole(cx)?,
            };
            // Words always lead, so this is never checked on the way.
            self.add(About::Words, "TRUE", params![search.expression(self.beginnings)]);
        }
        Ok(self)
    }

    pub(super) fn about(&self, about: About) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.about == about)
    }

    fn add(&mut self, about: About, sql: &'static str, values: Vec<Sql>) {
        self.conditions.push(Condition { about, sql, values });
    }

    fn words<W: Word>(
        &mut self,
        about: About,
        sql: &'static str,
        field: &str,
        words: Option<&[W]>,
        problems: &mut Problems,
    ) {
        let Some(words) = words else { return };
        check_list(field, words.len(), problems);
        let words: Vec<_> = words.iter().map(|word| word.as_str()).collect();
        self.add(about, sql, vec![Sql::from(serde_json::json!(words).to_string())]);
    }

    fn times(&mut self, args: &QueryTasks, problems: &mut Problems) {
        let given = [
            (About::Created, "+t.created_at > ?", "/created_after", &args.created_after),
            (About::Created, "+t.created_at < ?", "/created_before", &args.created_before),
            (About::Updated, "+t.updated_at > ?", "/updated_after", &args.updated_after),
            (About::Due, "+t.due_at < ?", "/due_before", &args.due_before),
        ];
        for (about, sql, field, text) in given {
            if let Some(at) = text.as_deref().and_then(|text| date(field, text, problems)) {
                self.add(about, sql, params![at]);
            }
        }
    }
}

/// More words than a list of any kind has.
const WORDS: usize = 50;

fn check_list(field: &str, length: usize, problems: &mut Problems) {
    problems.list(field, length, WORDS);
    if length == 0 {
        problems.add(field, "is empty; leave it out to find all");
    }
}
