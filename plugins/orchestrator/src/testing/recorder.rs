//! A host that remembers what SQL it was given and what was called, and knows how SQLite goes about it.

use std::collections::BTreeSet;

use mainstay_plugin::Plugin;
use mainstay_plugin::testing::Answered;
use rusqlite::config::DbConfig;
use serde_json::Value;

use super::{Host, call, host};
use crate::Orchestrator;

#[derive(Debug)]
pub(crate) struct Recorder {
    host: Host,
    called: BTreeSet<String>,
    read: BTreeSet<String>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        let host = host();
        let connection = host.host().connection();
        // Otherwise a plan leaves out what triggers do, which is most of the work of every change.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRIGGER_EQP, true).expect("SQLite has this setting");
        host.host().remember_statements();
        Self { host, called: BTreeSet::new(), read: BTreeSet::new() }
    }

    /// Forgets what it heard, but not what was called.
    pub(crate) fn forget(&self) {
        self.host.host().remember_statements();
    }

    pub(crate) fn host(&mut self) -> &mut Host {
        &mut self.host
    }

    /// The answer to a call that is meant to succeed. The tool may be named without `orchestrator_`.
    pub(crate) fn done(&mut self, tool: &str, arguments: Value) -> Value {
        let name = full(tool);
        let said = format!("{name} {arguments}");
        match call(&mut self.host, &name, arguments) {
            Answered::Done(result) => {
                self.called.insert(name);
                serde_json::from_str(&result.structured_content.expect("content")).expect("JSON")
            }
            other => panic!("{said}: {other:?}"),
        }
    }

    /// A call that is meant to fail, with the code of the failure.
    pub(crate) fn refused(&mut self, tool: &str, arguments: Value, code: &str) {
        let name = full(tool);
        let said = format!("{name} {arguments}");
        match call(&mut self.host, &name, arguments) {
            Answered::Failed(failure) => assert_eq!(failure.code(), code, "{said}: {failure}"),
            other => panic!("{said}: {other:?}"),
        }
    }

    /// Reads a resource that is there.
    pub(crate) fn read(&mut self, uri: &str) {
        let contents = self.host.read(|plugin, cx| plugin.read_resource(cx, uri));
        assert!(contents.as_ref().is_ok_and(|contents| !contents.is_empty()), "{uri}: {contents:?}");
        self.read.insert(uri.to_owned());
    }

    /// Tools that were never called with success, and templates of resources of which none was read.
    pub(crate) fn missing(&self) -> Vec<String> {
        let tools = Orchestrator::tools().into_iter().map(|tool| tool.name().to_owned());
        let mut missing: Vec<_> = tools.filter(|tool| !self.called.contains(tool)).collect();
        let templates = Orchestrator::resource_templates().into_iter().map(|template| template.uri_template);
        missing.extend(templates.filter(|template| !self.read.iter().any(|uri| is_of(uri, template))));
        missing
    }

    /// Every different statement so far, with each step SQLite would take, in triggers too.
    pub(crate) fn plans(&self) -> Vec<(String, Vec<String>)> {
        let plan = |sql: String| {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let mut statement = self.host.host().connection().prepare(&explain).expect("it ran before");
            let mut rows = statement.raw_query();
            let mut steps = Vec::new();
            while let Some(row) = rows.next().expect("a plan") {
                // Where the program of a trigger begins there is no text.
                steps.extend(row.get::<_, Option<String>>(3).expect("a step"));
            }
            (sql, steps)
        };
        self.host.host().statements().into_iter().map(plan).collect()
    }
}

fn full(tool: &str) -> String {
    if tool.starts_with("template_") { tool.to_owned() } else { format!("orchestrator_{tool}") }
}

/// Whether `uri` is one of those that `template` stands for.
fn is_of(uri: &str, template: &str) -> bool {
    let mut pieces = template.split(['{', '}']).step_by(2);
    let rest = pieces.next().and_then(|first| uri.strip_prefix(first));
    let rest = pieces.try_fold(rest.unwrap_or_default(), |rest, piece| {
        if piece.is_empty() { Some("") } else { rest.find(piece).map(|at| &rest[at + piece.len()..]) }
    });
    uri.starts_with(template.split('{').next().unwrap_or_default()) && rest == Some("")
}
