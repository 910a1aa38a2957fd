//! What one roles file says.
//!
//! A role is a key at the top with `role_definition`, `expertise`, `approach` and `output_format`; the key
//! `task_orchestrator` speaks to the coordinator and says in `specialist_roles` when to choose which.

use mainstay_plugin::prelude::*;

use super::yaml::{self, Entry, Node, Trouble, Value};
use crate::limits::{self, shortened};

/// Roles of one file.
pub(super) const ROLES: usize = 200;

/// Characters of one role.
pub(super) const CHARACTERS: usize = 8_000;

/// Characters of what is said of when to choose a role.
const USE: usize = 120;

/// The key that is no role.
const COORDINATOR: &str = "task_orchestrator";

const FIELDS: [&str; 4] = ["role_definition", "expertise", "approach", "output_format"];

/// A file that makes sense, in the order it was written. Kept as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RoleFile {
    pub(super) roles: Vec<Defined>,
    /// When to choose which role.
    pub(super) uses: Vec<(String, String)>,
    pub(super) coordinator: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Defined {
    pub(super) id: String,
    pub(super) prompt: String,
    /// What it knows best, if it is not said when to choose it.
    pub(super) knows: String,
}

pub(super) fn parse(text: &str) -> Result<RoleFile, Trouble> {
    let Some(root) = yaml::read(text)? else { return Ok(RoleFile::default()) };
    let Value::Map(entries) = &root.value else {
        return Err(Trouble::at(root.line, "the file is no list of roles by name"));
    };
    let mut file = RoleFile::default();
    for entry in entries {
        if entry.key == COORDINATOR {
            file.uses = uses(&entry.node)?;
            file.coordinator = Some(Text::of(entry)?.rendered()).filter(|text| !text.is_empty());
        } else {
            file.roles.push(defined(entry)?);
        }
    }
    if file.roles.len() > ROLES || file.uses.len() > ROLES {
        return Err(Trouble::at(1, format!("there are more than {ROLES} roles")));
    }
    Ok(file)
}

fn check_id(Entry { key: id, line, .. }: &Entry) -> Result<(), Trouble> {
    if id.is_empty() || id.len() > limits::ID || !id.bytes().all(limits::is_id_byte) {
        let (id, most) = (shortened(id, 64), limits::ID);
        return Err(Trouble::at(*line, format!("`{id}` is no name of a role: 1 to {most} of A-Z a-z 0-9 _ -")));
    }
    Ok(())
}

fn defined(entry: &Entry) -> Result<Defined, Trouble> {
    check_id(entry)?;
    let mut text = Text::of(entry)?;
    let id = &entry.key;
    if FIELDS.iter().all(|field| entry.node.get(field).is_none()) {
        return Err(Trouble::at(entry.line, format!("`{id}` has none of {}", FIELDS.join(", "))));
    }
    if text.definition.is_empty() {
        text.definition = format!("You are the {} specialist", id.replace('_', " "));
    }
    let knows = text.expertise.first().unwrap_or(&text.definition);
    Ok(Defined { id: id.clone(), knows: shortened(knows, USE), prompt: text.rendered() })
}

fn uses(node: &Node) -> Result<Vec<(String, String)>, Trouble> {
    let Some(uses) = node.get("specialist_roles") else { return Ok(Vec::new()) };
    let Value::Map(entries) = &uses.value else {
        return Err(Trouble::at(uses.line, "specialist_roles is no list of lines by role"));
    };
    let one = |entry: &Entry| {
        check_id(entry)?;
        let text = line_of("specialist_roles", &entry.node)?;
        Ok((entry.key.clone(), shortened(&text, USE)))
    };
    entries.iter().map(one).collect()
}

/// The four fields of a role.
struct Text {
    definition: String,
    expertise: Vec<String>,
    approach: Vec<String>,
    output_format: String,
}

impl Text {
    fn of(Entry { key: id, line: at, node }: &Entry) -> Result<Self, Trouble> {
        if !matches!(node.value, Value::Map(_)) {
            return Err(Trouble::at(*at, format!("`{id}` is no role: it needs {}", FIELDS.join(", "))));
        }
        let line = |field| node.get(field).map_or(Ok(String::new()), |node| line_of(field, node));
        let list = |field| node.get(field).map_or(Ok(Vec::new()), |node| list_of(field, node));
        let text = Self {
            definition: line("role_definition")?,
            expertise: list("expertise")?,
            approach: list("approach")?,
            output_format: line("output_format")?,
        };
        let length = text.rendered().chars().count();
        if length > CHARACTERS {
            let what = format!("`{id}` has {length} characters; at most {CHARACTERS} are allowed");
            return Err(Trouble::at(*at, what));
        }
        Ok(text)
    }

    /// As the specialist is told.
    fn rendered(&self) -> String {
        let mut lines = Vec::new();
        if !self.definition.is_empty() {
            lines.push(sentence(&self.definition));
        }
        if !self.expertise.is_empty() {
            lines.push(sentence(&format!("Expertise: {}", self.expertise.join("; "))));
        }
        lines.extend(self.approach.iter().map(|step| format!("- {step}")));
        if !self.output_format.is_empty() {
            lines.push(sentence(&format!("Deliver: {}", self.output_format)));
        }
        lines.join("\n")
    }
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

fn line_of(field: &str, node: &Node) -> Result<String, Trouble> {
    let Value::Text(text) = &node.value else {
        return Err(Trouble::at(node.line, format!("{field} is not text")));
    };
    if text.contains('\0') {
        return Err(Trouble::at(node.line, format!("{field} contains a NUL character")));
    }
    within(text.chars().count(), field, node)?;
    Ok(text.trim().to_owned())
}

/// A list of lines, or one line. It is measured on the way: aliases can make it far longer than the file.
fn list_of(field: &str, node: &Node) -> Result<Vec<String>, Trouble> {
    let Value::List(items) = &node.value else { return Ok(vec![line_of(field, node)?]) };
    let mut length = 0;
    let mut lines = Vec::new();
    for item in items {
        let line = line_of(field, item)?;
        length += line.chars().count() + 1;
        within(length, field, node)?;
        lines.push(line);
    }
    Ok(lines)
}

fn within(length: usize, field: &str, node: &Node) -> Result<(), Trouble> {
    if length > CHARACTERS {
        return Err(Trouble::at(node.line, format!("{field} has more than {CHARACTERS} characters")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
