//! From a text to a template with everything that it inherits.

use mainstay_plugin::prelude::*;

use super::entries::Entries;
use super::store;
use super::{BRACKETS, CONTENT, Category, EXTENDS, Source, Template, depth};
use crate::limits::Problems;

/// The template as it is written, or what is wrong with it and where.
pub(crate) fn parse(content: &str) -> Result<Source, String> {
    if content.len() > CONTENT {
        return Err(format!("has {} bytes; at most {CONTENT} are allowed", content.len()));
    }
    if content.contains('\0') {
        return Err("contains a NUL character, which cannot be stored".to_owned());
    }
    if let Some((line, column)) = depth::too_deep(content, BRACKETS) {
        return Err(format!("line {line}, column {column}: brackets are nested more than {BRACKETS} levels deep"));
    }
    json5::from_str(content).map_err(|error| {
        let message = error.code().map_or_else(|| plain(&error), |code| code.to_string());
        match error.position() {
            Some(at) => format!("line {}, column {}: {message}", at.line + 1, at.column + 1),
            None => format!("at the end: {message}"),
        }
    })
}

/// What an error says, without the place.
fn plain(error: &json5::Error) -> String {
    let text = error.to_string();
    let place = error.position().map(|position| format!(" at {position}")).unwrap_or_default();
    let message = text.strip_suffix(&place).unwrap_or(&text);
    crate::limits::shortened(message, 400)
}

/// Puts `source` over what it extends. It is, or will be, the template `id` of `category`; a template that extends
/// one of its own name means the one of the next category.
pub(crate) fn complete(
    cx: &Context<'_>,
    workspace: i64,
    category: Category,
    id: &str,
    source: Source,
) -> Result<Template, Failure> {
    let mut way = vec![(category, id.to_owned())];
    let mut next = source.extends.clone();
    let mut sources = vec![source];
    while let Some(base) = next {
        let mut problems = Problems::default();
        problems.id("/extends", &base);
        problems.into_result()?;
        if sources.len() > EXTENDS {
            let problem = format!("more than {EXTENDS} templates would extend each other in a row");
            return Err(Failure::argument("/extends", problem));
        }
        let from = way.last().map_or(category, |(category, _)| *category);
        let Some(found) = store::base(cx, workspace, from, &base, &way)? else {
            return Err(no_base(cx, workspace, &base, &way)?);
        };
        let source = parse(&found.content)
            .map_err(|problem| Failure::argument("/extends", format!("`{base}` cannot be read: {problem}")))?;
        next = source.extends.clone();
        way.push((found.category, base));
        sources.push(source);
    }
    let mut template = None;
    while let Some(source) = sources.pop() {
        template = Some(source.over(template));
    }
    template.ok_or_else(|| Failure::new("internal", "there was a template a moment ago"))
}

fn no_base(cx: &Context<'_>, workspace: i64, base: &str, way: &[(Category, String)]) -> Result<Failure, Failure> {
    if way.iter().any(|(_, id)| id == base) {
        let ids: Vec<_> = way.iter().map(|(_, id)| id.as_str()).chain([base]).collect();
        return Ok(Failure::argument("/extends", format!("these would extend each other: {}", ids.join(" -> "))));
    }
    let nearest = store::nearest(cx, workspace, base)?.into_iter().next();
    let hint = nearest.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
    Ok(Failure::argument("/extends", format!("there is no template `{base}`{hint}")))
}

impl Source {
    /// As it is, without what it extends.
    pub(super) fn alone(self) -> Template {
        self.over(None)
    }

    /// This over `base`: what it says itself counts, field by field for tasks, as a whole for a parameter.
    fn over(self, base: Option<Template>) -> Template {
        let Self { mut metadata, plan, parameters, tasks, hooks, lifecycle_hooks, .. } = self;
        let has_hooks = hooks.is_some() || lifecycle_hooks.is_some();
        let mut plan = plan.unwrap_or_default();
        let Some(base) = base else {
            let (parameters, tasks) =
                (merged(Vec::new(), parameters, |own, _| own), merged(Vec::new(), tasks, |own, _| own));
            return Template { metadata, plan, parameters, tasks, has_hooks };
        };
        plan.title = plan.title.or(base.plan.title);
        plan.description = plan.description.or(base.plan.description);
        plan.context = plan.context.or(base.plan.context);
        metadata.description = metadata.description.or(base.metadata.description);
        metadata.category = metadata.category.or(base.metadata.category);
        metadata.tags = metadata.tags.or(base.metadata.tags);
        metadata.complexity = metadata.complexity.or(base.metadata.complexity);
        metadata.estimated_duration = metadata.estimated_duration.or(base.metadata.estimated_duration);
        Template {
            metadata,
            plan,
            parameters: merged(base.parameters, parameters, |own, _| own),
            tasks: merged(base.tasks, tasks, super::Part::over),
            has_hooks: has_hooks || base.has_hooks,
        }
    }
}

/// `own` over `base`: known keys keep their place, new ones come after them, `null` takes one away.
fn merged<T>(base: Vec<(String, T)>, own: Entries<Option<T>>, over: fn(T, T) -> T) -> Vec<(String, T)> {
    let mut entries: Vec<(String, Option<T>)> = base.into_iter().map(|(key, value)| (key, Some(value))).collect();
    for (key, value) in own.0 {
        match entries.iter_mut().find(|(known, _)| *known == key) {
            Some((_, slot)) => *slot = slot.take().zip(value).map(|(base, own)| over(own, base)),
            None => entries.push((key, value)),
        }
    }
    entries.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

impl super::Part {
    fn over(self, base: Self) -> Self {
        Self {
            title: self.title.or(base.title),
            description: self.description.or(base.description),
            task_type: self.task_type.or(base.task_type),
            specialist_type: self.specialist_type.or(base.specialist_type),
            complexity: self.complexity.or(base.complexity),
            priority: self.priority.or(base.priority),
            estimated_effort: self.estimated_effort.or(base.estimated_effort),
            dependencies: self.dependencies.or(base.dependencies),
            checklist: self.checklist.or(base.checklist),
            parent: self.parent.or(base.parent),
            when: self.when.or(base.when),
        }
    }
}

#[cfg(test)]
mod tests;
