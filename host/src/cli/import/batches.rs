//! Records, as many at a time as one call takes.

use serde_json::Value;

/// Records in one call, and bytes that one should not exceed. A group goes whole, however large.
pub(super) const RECORDS: usize = 500;
const BYTES: usize = 256 * 1024;

/// One batch after the other.
pub(super) struct Batches<'a> {
    groups: std::iter::Peekable<std::slice::Iter<'a, Vec<Value>>>,
}

impl<'a> Batches<'a> {
    pub(super) fn new(groups: &'a [Vec<Value>]) -> Self {
        Self { groups: groups.iter().peekable() }
    }
}

impl Iterator for Batches<'_> {
    type Item = Vec<Value>;

    fn next(&mut self) -> Option<Vec<Value>> {
        let mut batch = self.groups.next()?.clone();
        let mut bytes = size(&batch);
        while let Some(group) = self.groups.peek() {
            bytes += size(group);
            if batch.len() + group.len() > RECORDS || bytes > BYTES {
                break;
            }
            batch.extend(group.iter().cloned());
            self.groups.next();
        }
        Some(batch)
    }
}

/// As JSON.
pub(super) fn size(records: &[Value]) -> usize {
    records.iter().map(|record| record.to_string().len()).sum()
}
