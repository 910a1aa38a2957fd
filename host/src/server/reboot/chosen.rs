//! Which slots a request is about.

use serde_json::{Map, Value};

use super::answer::{Code, Problem};
use crate::model::SlotName;
use crate::server::shared::Shared;

/// The slot that is meant if none is named and there are several.
const USUAL: &str = "orchestrator";
/// All of them.
const ALL: &str = "*";

/// Slots, in the order in which they are served.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) slots: Vec<SlotName>,
    /// Whether all were asked for, however many there are.
    pub(super) all: bool,
}

impl Target {
    /// As the arguments name it.
    ///
    /// # Errors
    /// If there is no such slot.
    pub(super) fn of(shared: &Shared, arguments: &Map<String, Value>) -> Result<Self, Problem> {
        let slots: Vec<SlotName> = shared.slots.all().iter().map(|slot| slot.name().clone()).collect();
        let named = arguments.get("plugin").and_then(Value::as_str);
        choose(slots, named)
    }

    /// The one slot that is named.
    ///
    /// # Errors
    /// If there is no such slot.
    pub(super) fn one(shared: &Shared, arguments: &Map<String, Value>) -> Result<SlotName, Problem> {
        let Self { mut slots, all } = Self::of(shared, arguments)?;
        match slots.pop() {
            Some(slot) if !all => Ok(slot),
            _ => Err(invalid("This is done for one slot at a time: name it with \"plugin\".".to_owned())),
        }
    }
}

fn choose(slots: Vec<SlotName>, named: Option<&str>) -> Result<Target, Problem> {
    let names = slots.iter().map(SlotName::as_str).collect::<Vec<_>>().join(", ");
    if slots.is_empty() {
        let message = "No plugin is served, so there is nothing to act on: put a component into the folder plugins.";
        return Err(Problem::new(Code::InitializationFailed, "initiation_failed", message));
    }
    if named == Some(ALL) {
        return Ok(Target { slots, all: true });
    }
    let wanted = named.unwrap_or(USUAL);
    if let Some(slot) = slots.iter().find(|slot| slot.as_str() == wanted) {
        return Ok(Target { slots: vec![slot.clone()], all: false });
    }
    match named {
        None if slots.len() == 1 => Ok(Target { slots, all: false }),
        None => Err(invalid(format!("There are several slots: name one with \"plugin\", which may be {names}."))),
        Some(wanted) => Err(invalid(format!("There is no slot {wanted:?}; there is {names}. Nothing was done."))),
    }
}

fn invalid(message: String) -> Problem {
    Problem::new(Code::InvalidParameters, "preparation_failed", message)
}

#[cfg(test)]
mod tests;
