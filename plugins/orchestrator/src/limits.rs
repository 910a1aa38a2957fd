//! How much of everything is allowed, and what is said when it is too much.

use mainstay_plugin::{Failure, InvalidArgument};

pub(crate) const ID: usize = 64;
pub(crate) const TITLE: usize = 255;
pub(crate) const DESCRIPTION: usize = 20_000;
pub(crate) const SUMMARY: usize = 4_000;
pub(crate) const EFFORT: usize = 255;
/// As JSON text.
pub(crate) const CONTEXT: usize = 20_000;
/// In bytes, of one call; what is longer is written in pieces.
pub(crate) const DETAILED_WORK: usize = 4 * 1024 * 1024;
pub(crate) const PATH: usize = 4_096;
/// Paths in one delivery.
pub(crate) const PATHS: usize = 200;
/// Subtasks in one call.
pub(crate) const SUBTASKS: usize = 500;
/// Prerequisites of one task.
pub(crate) const DEPENDENCIES: usize = 500;
/// The name of an input that a dependency of type data gives.
pub(crate) const INPUT: usize = 64;
/// Why something was cancelled or waived.
pub(crate) const REASON: usize = 1_000;
/// Attributes of one task.
pub(crate) const ATTRIBUTES: usize = 50;
pub(crate) const ATTRIBUTE_NAME: usize = 64;
/// As text.
pub(crate) const ATTRIBUTE_VALUE: usize = 4_000;
pub(crate) const SEARCH: usize = 200;
/// Words of a search.
pub(crate) const SEARCH_WORDS: usize = 20;
/// Levels of the tree, the topmost included.
pub(crate) const DEPTH: usize = 32;
/// The name of an agent.
pub(crate) const AGENT: usize = 128;

/// Where what is too long for a task can go.
const REST_OF_TEXT: &str = ": the rest fits in an artifact of the task (orchestrator_artifacts) or in subtasks";
/// Where parts beyond what one call takes can go.
const REST_OF_PARTS: &str = ": plan the rest in further calls with parent_task_id, the id of this plan";

/// A model learns nothing from more of them at once.
const SHOWN: usize = 10;

/// Collects what is wrong with the arguments of one call, so that the model hears all of it at once.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<InvalidArgument>);

impl Problems {
    /// `field` is a JSON Pointer into the arguments.
    pub(crate) fn add(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(InvalidArgument { field: field.into(), problem: problem.into() });
    }

    /// Text that may be empty.
    pub(crate) fn text(&mut self, field: &str, value: &str, most: usize) {
        self.text_with_rest(field, value, most, "");
    }

    /// What a task is about; may not be empty.
    pub(crate) fn description(&mut self, field: &str, value: &str) {
        self.not_empty(field, value, DESCRIPTION);
        self.text_with_rest(field, value, DESCRIPTION, REST_OF_TEXT);
    }

    /// What whoever does a task should know.
    pub(crate) fn context(&mut self, field: &str, value: &str) {
        self.text_with_rest(field, value, CONTEXT, REST_OF_TEXT);
    }

    /// `rest` says where to put what is too much.
    fn text_with_rest(&mut self, field: &str, value: &str, most: usize, rest: &str) {
        if value.contains('\0') {
            self.add(field, "contains a NUL character, which cannot be stored");
        }
        let length = value.chars().count();
        if length > most {
            self.add(field, format!("has {length} characters; at most {most} are allowed{rest}"));
        }
    }

    /// Text that may not be empty.
    pub(crate) fn required_text(&mut self, field: &str, value: &str, most: usize) {
        self.not_empty(field, value, most);
        self.text(field, value, most);
    }

    fn not_empty(&mut self, field: &str, value: &str, most: usize) {
        if value.trim().is_empty() {
            self.add(field, format!("is empty; 1 to {most} characters are needed"));
        }
    }

    /// An id chosen by a caller.
    pub(crate) fn id(&mut self, field: &str, value: &str) {
        if value.is_empty() || value.len() > ID || !value.bytes().all(is_id_byte) {
            self.add(field, format!("is no id: 1 to {ID} of A-Z a-z 0-9 _ - are allowed"));
        }
    }

    /// A number from `least` to `most`.
    pub(crate) fn number(&mut self, field: &str, value: i64, least: i64, most: i64) {
        if value < least || value > most {
            self.add(field, format!("is {value}; {least} to {most} is allowed"));
        }
    }

    /// A list of at most `most` items.
    pub(crate) fn list(&mut self, field: &str, length: usize, most: usize) {
        self.list_with_rest(field, length, most, "");
    }

    /// The parts of a plan.
    pub(crate) fn subtasks(&mut self, field: &str, length: usize) {
        self.list_with_rest(field, length, SUBTASKS, REST_OF_PARTS);
    }

    fn list_with_rest(&mut self, field: &str, length: usize, most: usize, rest: &str) {
        if length > most {
            self.add(field, format!("has {length} items; at most {most} are allowed{rest}"));
        }
    }

    /// Fails with everything that was found.
    pub(crate) fn into_result(mut self) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        let more = self.0.len().saturating_sub(SHOWN);
        self.0.truncate(SHOWN);
        if more > 0 {
            self.add("", format!("and {more} more problems"));
        }
        Err(Failure::InvalidArguments(self.0))
    }
}

pub(crate) fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// The beginning of `text`, at most `most` characters, with a mark if something is left out.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Leaves out what a list has beyond `most`, and returns its name if that is anything.
pub(crate) fn cut<T>(name: &'static str, list: &mut Vec<T>, most: usize) -> Option<&'static str> {
    let is_longer = list.len() > most;
    list.truncate(most);
    is_longer.then_some(name)
}

/// The names that [`cut`] returned, if there are any.
pub(crate) fn all_cut<const N: usize>(cut: [Option<&'static str>; N]) -> Option<Vec<&'static str>> {
    Some(cut.into_iter().flatten().collect::<Vec<_>>()).filter(|cut| !cut.is_empty())
}

#[cfg(test)]
mod tests;
