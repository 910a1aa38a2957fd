//! What is wrong with a template, by itself.

use std::collections::HashSet;

use mainstay_plugin::Failure;
use serde_json::Value;

use super::placeholder::{Piece, is_name, pieces};
use super::source::{ParameterType, Part};
use super::tree::Tree;
use super::{ABOUT, CHECKLIST, KEY, NAME, PARAMETERS, TAGS, TASKS, TITLE, Template};
use crate::limits::{self, Problems};
use crate::nearest;
use crate::roles::Roles;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    problems: Problems,
    pub(crate) warnings: Vec<String>,
}

impl Report {
    /// Fails if there is anything that must not be.
    pub(crate) fn into_result(self) -> Result<Vec<String>, Failure> {
        self.problems.into_result()?;
        Ok(self.warnings)
    }
}

/// Checks everything: limits, names, placeholders, dependencies, and that there are such `roles`.
pub(crate) fn validate(template: &Template, roles: &Roles) -> Report {
    let mut check = Check { template, report: Report::default(), used: HashSet::new() };
    check.metadata();
    check.parameters();
    check.plan();
    check.tasks(roles);
    check.warnings();
    check.report
}

struct Check<'a> {
    template: &'a Template,
    report: Report,
    /// Parameters that something makes use of.
    used: HashSet<&'a str>,
}

impl<'a> Check<'a> {
    fn metadata(&mut self) {
        let metadata = &self.template.metadata;
        let problems = &mut self.report.problems;
        problems.required_text("/metadata/name", &metadata.name, TITLE);
        if metadata.name.chars().any(char::is_control) {
            problems.add("/metadata/name", "has a line break or another control character; it stands in lists");
        }
        let texts = [
            ("description", &metadata.description, ABOUT),
            ("version", &metadata.version, 32),
            ("category", &metadata.category, NAME),
            ("author", &metadata.author, TITLE),
            ("estimated_duration", &metadata.estimated_duration, TITLE),
        ];
        for (name, text, most) in texts {
            problems.text(&format!("/metadata/{name}"), text.as_deref().unwrap_or_default(), most);
        }
        let tags = metadata.tags.as_deref().unwrap_or_default();
        problems.list("/metadata/tags", tags.len(), TAGS);
        tags.iter().for_each(|tag| problems.required_text("/metadata/tags", tag, NAME));
    }

    fn parameters(&mut self) {
        let parameters = &self.template.parameters;
        self.report.problems.list("/parameters", parameters.len(), PARAMETERS);
        for (name, parameter) in parameters.iter().take(PARAMETERS) {
            let field = format!("/parameters/{}", limits::shortened(name, NAME));
            if !is_name(name) {
                let problem = format!("is no name: 1 to {NAME} of A-Z a-z 0-9 _ are allowed, not a digit first");
                self.report.problems.add(&field, problem);
            }
            parameter.check(&field, &mut self.report.problems);
        }
    }

    fn plan(&mut self) {
        let plan = &self.template.plan;
        let texts = [
            ("title", &plan.title, limits::TITLE),
            ("description", &plan.description, limits::DESCRIPTION),
            ("context", &plan.context, limits::CONTEXT / 2),
        ];
        for (name, text, most) in texts {
            if let Some(text) = text {
                self.text(&format!("/plan/{name}"), text, most);
            }
        }
        // Without a text of its own the plan has that of the template.
        if plan.title.is_none() {
            self.placeholders("/metadata/name", &self.template.metadata.name);
        }
        if let (None, Some(text)) = (&plan.description, &self.template.metadata.description) {
            self.placeholders("/metadata/description", text);
        }
    }

    fn tasks(&mut self, roles: &Roles) {
        let tasks = &self.template.tasks;
        self.report.problems.list("/tasks", tasks.len(), TASKS);
        if tasks.is_empty() {
            self.report.problems.add("/tasks", "is empty: a template without tasks makes no plan");
        }
        if tasks.len() > TASKS {
            return;
        }
        for (key, part) in tasks {
            let field = format!("/tasks/{}", limits::shortened(key, KEY));
            if key.is_empty() || key.len() > KEY || !key.bytes().all(limits::is_id_byte) {
                let problem = format!("is no key: 1 to {KEY} of A-Z a-z 0-9 _ - are allowed");
                self.report.problems.add(&field, problem);
            }
            self.part(&field, part, roles);
        }
        let tree = Tree::of(tasks, &mut self.report.problems);
        tree.check(tasks, &mut self.report.problems);
    }

    fn part(&mut self, field: &str, part: &'a Part, roles: &Roles) {
        let required = [("title", &part.title, limits::TITLE), ("description", &part.description, limits::DESCRIPTION)];
        for (name, text, most) in required {
            match text {
                Some(text) => self.text(&format!("{field}/{name}"), text, most),
                None => self.report.problems.add(format!("{field}/{name}"), "is missing"),
            }
        }
        if let Some(effort) = &part.estimated_effort {
            self.text(&format!("{field}/estimated_effort"), effort, limits::EFFORT);
        }
        let checklist = part.checklist.as_deref().unwrap_or_default();
        self.report.problems.list(&format!("{field}/checklist"), checklist.len(), CHECKLIST);
        for (index, item) in checklist.iter().take(CHECKLIST).enumerate() {
            self.text(&format!("{field}/checklist/{index}"), item, ABOUT);
        }
        let named = part.dependencies.as_ref().map_or(0, Vec::len);
        self.report.problems.list(&format!("{field}/dependencies"), named, TASKS);
        if let Some(role) = part.specialist_type.as_ref().filter(|role| roles.get(role.as_str()).is_none()) {
            self.report.problems.add(format!("{field}/specialist_type"), roles.unknown(role.as_str()));
        }
        match &part.when {
            None => {}
            Some(Value::String(name)) => self.condition(field, name, &Value::Bool(true)),
            Some(Value::Object(all)) if !all.is_empty() => {
                all.iter().for_each(|(name, value)| self.condition(field, name, value));
            }
            Some(_) => self.report.problems.add(
                format!("{field}/when"),
                "is neither the name of a boolean parameter nor an object of parameters and values",
            ),
        }
    }

    fn condition(&mut self, field: &str, name: &'a str, value: &Value) {
        let field = format!("{field}/when");
        let Some((name, parameter)) = self.template.parameters.iter().find(|(known, _)| known == name) else {
            let problem = self.no_parameter(name);
            return self.report.problems.add(field, problem);
        };
        self.used.insert(name);
        if parameter.kind == ParameterType::Array {
            self.report.problems.add(field, format!("compares `{name}`, which is an array"));
        } else if let Err(problem) = parameter.text_of(value) {
            self.report.problems.add(field, format!("compares `{name}` with what it can never be: it {problem}"));
        }
    }

    fn text(&mut self, field: &str, text: &'a str, most: usize) {
        self.report.problems.required_text(field, text, most);
        self.placeholders(field, text);
    }

    fn placeholders(&mut self, field: &str, text: &'a str) {
        match pieces(text) {
            Err(problem) => self.report.problems.add(field, problem),
            Ok(pieces) => {
                for piece in pieces {
                    let Piece::Name(name) = piece else { continue };
                    if self.template.parameters.iter().all(|(known, _)| known != name) {
                        let problem = self.no_parameter(name);
                        self.report.problems.add(field, problem);
                    }
                    self.used.insert(name);
                }
            }
        }
    }

    fn no_parameter(&self, name: &str) -> String {
        let nearest = nearest::of(name, self.template.parameters.iter().map(|(known, _)| known.as_str()), 1).pop();
        let hint = nearest.map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
        format!("names `{}`, which is no parameter{hint}", limits::shortened(name, NAME))
    }

    fn warnings(&mut self) {
        let unused =
            self.template.parameters.iter().map(|(name, _)| name).filter(|name| !self.used.contains(name.as_str()));
        let unused: Vec<_> = unused.map(|name| format!("`{name}`")).collect();
        if !unused.is_empty() {
            self.report.warnings.push(format!("nothing makes use of {}", unused.join(", ")));
        }
        if self.template.has_hooks {
            self.report.warnings.push("hooks are ignored: a template runs nothing; make the step a task".to_owned());
        }
    }
}

#[cfg(test)]
mod tests;
