//! Where a query goes on: the place of the last task that was looked at, which stays good whatever is added or
//! removed in between.

use mainstay_plugin::Value;

use super::OFFSET;
use crate::limits::Problems;

/// A place in the order of a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// Which of several streams that follow each other.
    pub(super) stream: usize,
    /// What is sorted by, if it is not the age of tasks.
    pub(super) first: Option<Value>,
    pub(super) seq: i64,
    /// Tasks of the offset that were not come across before the call had to stop.
    pub(super) skip: i64,
    /// Beginnings of words were looked for, because no task had the words as they were.
    pub(super) beginnings: bool,
}

/// Kinds of [`Place::first`].
const NUMBER: &str = "n";
const TEXT: &str = "t";
/// In their place, of [`Place::beginnings`]: what is searched for words is sorted by age.
const BEGINNINGS: &str = "b";

/// `mark` stands for the question.
pub(super) fn format(place: &Place, mark: u32) -> String {
    let first = match &place.first {
        Some(Value::Integer(number)) => format!("{NUMBER}{number}"),
        Some(Value::Text(text)) => format!("{TEXT}{text}"),
        _ if place.beginnings => BEGINNINGS.to_owned(),
        _ => String::new(),
    };
    let skip = if place.skip > 0 { format!(".{}", place.skip) } else { String::new() };
    format!("{mark:08x}.{}.{first}.{}{skip}", place.stream, place.seq)
}

/// Its inverse, or a problem.
pub(super) fn parse(text: &str, mark: u32, problems: &mut Problems) -> Option<Place> {
    let field = "/cursor";
    let Some((of, place)) = parsed(text) else {
        problems.add(field, "is not a cursor of this tool; give next_cursor as it was, or leave it out");
        return None;
    };
    if of != mark {
        problems.add(field, "is of another query; give it with the same filters and sort, or leave it out");
        return None;
    }
    Some(place)
}

fn parsed(text: &str) -> Option<(u32, Place)> {
    let mut parts = text.split('.');
    let mark = u32::from_str_radix(parts.next().filter(|mark| mark.len() == 8)?, 16).ok()?;
    let stream = parts.next()?.parse().ok()?;
    let first = parts.next()?;
    let beginnings = first == BEGINNINGS;
    let first = match first.split_at_checked(1).filter(|_| !beginnings) {
        None => None,
        Some((NUMBER, number)) => Some(Value::Integer(number.parse().ok()?)),
        Some((TEXT, text)) if text.bytes().all(|byte| byte.is_ascii_hexdigit()) => Some(Value::Text(text.to_owned())),
        Some(_) => return None,
    };
    let seq = parts.next()?.parse().ok()?;
    let skip = match parts.next() {
        None => 0,
        Some(skip) => skip.parse().ok().filter(|skip| (1..=OFFSET).contains(skip))?,
    };
    parts.next().is_none().then_some((mark, Place { stream, first, seq, skip, beginnings }))
}
