//! Pages of a list that several slots contribute to: first all of one slot, then all of the next.

use std::sync::Arc;

use crate::swap::LazySlot;

/// Between the slot and the plugin's own cursor.
const SEPARATOR: char = ':';

/// Where a cursor leads: to which of `slots`, and the plugin's own cursor there. None if it is not one of ours.
pub(crate) fn resume(cursor: Option<&str>, slots: &[Arc<LazySlot>]) -> Option<(usize, Option<String>)> {
    let Some(cursor) = cursor else { return Some((0, None)) };
    let (name, own) = cursor.split_once(SEPARATOR)?;
    let index = slots.iter().position(|slot| slot.name().as_str() == name)?;
    Some((index, Some(own.to_owned()).filter(|own| !own.is_empty())))
}

/// The cursor after a page of the slot at `index`.
pub(crate) fn next(index: usize, own: Option<String>, slots: &[Arc<LazySlot>]) -> Option<String> {
    match own {
        Some(own) => Some(format!("{}{SEPARATOR}{own}", slots[index].name())),
        None => slots.get(index + 1).map(|slot| format!("{}{SEPARATOR}", slot.name())),
    }
}
