//! Filling a template in.

use std::collections::HashMap;

use mainstay_plugin::prelude::*;
use serde_json::{Map, Value};

use super::placeholder::{Piece, pieces};
use super::source::Part;
use super::tree::Tree;
use super::{Instance, InstancePart, Template, parameter};
use crate::limits::{self, Problems, shortened};
use crate::nearest;
use crate::roles::Specialist;
use crate::words::TaskType;

/// The values of a call.
struct Values<'a> {
    /// What each parameter is, `null` if it was left out.
    values: HashMap<&'a str, Value>,
    texts: HashMap<&'a str, String>,
}

/// The plan that comes of `template` with the values `given`.
pub(crate) fn fill_in(template: &Template, given: &Map<String, Value>) -> Result<Instance, Failure> {
    let values = values(template, given)?;
    let mut problems = Problems::default();
    let mut tree = Tree::of(&template.tasks, &mut problems);
    let mut keep: Vec<bool> = template.tasks.iter().map(|(_, part)| values.keep(part)).collect();
    tree.keep(&mut keep);
    let mut fill = Fill { values: &values, problems: &mut problems };
    let key = |place: usize| template.tasks[place].0.clone();
    let mut parts = Vec::new();
    for place in tree.order().into_iter().filter(|place| keep[*place]) {
        let mut part = fill.part(&template.tasks[place]);
        part.dependencies = tree.dependencies[place].iter().copied().map(key).collect();
        part.parent = tree.parents[place].map(key);
        parts.push(part);
    }
    let about = template.metadata.description.as_ref().unwrap_or(&template.metadata.name);
    let plan = &template.plan;
    let title = fill.line("the plan's title", plan.title.as_ref().unwrap_or(&template.metadata.name), limits::TITLE);
    let description =
        fill.text("the plan's description", plan.description.as_ref().unwrap_or(about), limits::DESCRIPTION);
    // As JSON text it may not be longer, and quotes count twice there.
    let context = plan.context.as_ref().map(|text| fill.text("the plan's context", text, limits::CONTEXT / 2));
    if parts.is_empty() {
        problems.add("/parameters", "leave nothing to do: no task's `when` fits them");
    }
    problems.into_result()?;
    let complexity = template.metadata.complexity;
    Ok(Instance { title, description, context: context.filter(|text| !text.is_empty()), complexity, parts })
}

/// What every parameter is, or everything that is wrong with what was given.
fn values<'a>(template: &'a Template, given: &Map<String, Value>) -> Result<Values<'a>, Failure> {
    let mut problems = Problems::default();
    let names = || template.parameters.iter().map(|(name, _)| name.as_str());
    for unknown in given.keys().filter(|given| !names().any(|name| name == *given)) {
        let nearest = nearest::of(unknown, names(), 1).pop().map(|name| format!("; did you mean `{name}`?"));
        let known = if names().next().is_none() { "none".to_owned() } else { names().collect::<Vec<_>>().join(", ") };
        let problem = format!("is no parameter of this template{}; it has: {known}", nearest.unwrap_or_default());
        problems.add(format!("/parameters/{}", shortened(unknown, limits::ID)), problem);
    }
    let mut found = Values { values: HashMap::new(), texts: HashMap::new() };
    for (name, parameter) in &template.parameters {
        let value = given.get(name).filter(|value| !value.is_null()).or(parameter.default.as_ref());
        let text = match value {
            Some(value) => parameter.text_of(value),
            None if parameter.is_required() => Err(missing(parameter)),
            None => Ok(String::new()),
        };
        match text {
            Ok(text) => found.texts.insert(name, text),
            Err(problem) => {
                problems.add(format!("/parameters/{name}"), problem);
                None
            }
        };
        found.values.insert(name, value.cloned().unwrap_or_default());
    }
    problems.into_result()?;
    Ok(found)
}

fn missing(parameter: &super::Parameter) -> String {
    let about = parameter.description.as_deref().unwrap_or_default();
    let example = parameter::example(parameter);
    format!("is missing: {} ({}), for example {example}", shortened(about, 200), parameter.bounds())
}

impl Values<'_> {
    /// Whether `part` belongs to the plan.
    fn keep(&self, part: &Part) -> bool {
        match &part.when {
            None => true,
            Some(Value::String(name)) => self.values.get(name.as_str()) == Some(&Value::Bool(true)),
            Some(Value::Object(all)) => all.iter().all(|(name, value)| self.values.get(name.as_str()) == Some(value)),
            Some(_) => false,
        }
    }
}

struct Fill<'a> {
    values: &'a Values<'a>,
    problems: &'a mut Problems,
}

impl Fill<'_> {
    fn part(&mut self, (key, part): &(String, Part)) -> InstancePart {
        let title = part.title.as_deref().unwrap_or_default();
        let mut description = part.description.clone().unwrap_or_default();
        let items: Vec<_> = part.checklist.iter().flatten().map(|item| format!("- [ ] {item}")).collect();
        if !items.is_empty() {
            description.push_str(&format!("\n\nChecklist:\n{}", items.join("\n")));
        }
        let effort = part.estimated_effort.as_ref();
        let effort = effort.map(|text| self.raw(&format!("the estimated_effort of `{key}`"), text, limits::EFFORT));
        InstancePart {
            title: self.line(&format!("the title of `{key}`"), title, limits::TITLE),
            description: self.text(&format!("the description of `{key}`"), &description, limits::DESCRIPTION),
            specialist: part.specialist_type.clone().unwrap_or_else(|| Specialist::Generic.into()),
            task_type: part.task_type.unwrap_or(TaskType::Standard),
            complexity: part.complexity,
            priority: part.priority,
            effort: effort.filter(|effort| !effort.is_empty()),
            dependencies: Vec::new(),
            parent: None,
            key: key.clone(),
        }
    }

    /// On one line, and not empty.
    fn line(&mut self, what: &str, text: &str, most: usize) -> String {
        let line = self.text(what, text, most);
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Not empty.
    fn text(&mut self, what: &str, text: &str, most: usize) -> String {
        let text = self.raw(what, text, most);
        if text.is_empty() {
            self.problems.add("/parameters", format!("leave {what} empty"));
        }
        text
    }

    /// `text` with its placeholders filled in, once: what is filled in is not searched for placeholders.
    fn raw(&mut self, what: &str, text: &str, most: usize) -> String {
        let mut filled = String::new();
        for piece in pieces(text).unwrap_or_default() {
            filled.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Name(name) => self.values.texts.get(name).map_or("", String::as_str),
            });
            // Many placeholders of long values would come to gigabytes.
            if filled.len() > most * 4 {
                break;
            }
        }
        if filled.chars().count() > most {
            self.problems.add("/parameters", format!("make {what} longer than {most} characters, which is the most"));
            filled.clear();
            filled.push('…');
        }
        filled.trim().to_owned()
    }
}

#[cfg(test)]
mod tests;
