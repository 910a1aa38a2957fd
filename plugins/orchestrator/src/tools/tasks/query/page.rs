//! Reading one page, in which a call looks at no more rows than it may.

use std::cmp::Ordering;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{FromRow, Row, Rows, Value as Sql};

use super::Match;
use super::cursor::Place;
use super::filter::Filters;
use super::lead::{Lead, Stream};

/// Rows of the index that one call looks at.
pub(super) const LOOKED_AT: u32 = 5_000;

/// What was found, in order.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) tasks: Vec<Match>,
    /// Where the next page begins.
    pub(super) more: Option<Place>,
    pub(super) stopped_early: bool,
}

pub(super) fn read(
    cx: &Context<'_>,
    lead: &Lead,
    filters: &Filters,
    after: Option<Place>,
    (limit, offset): (i64, i64),
) -> Result<Page, Failure> {
    let reader = Reader { cx, lead, filters, wanted: limit + offset + 1 };
    let (mut found, stopped) = if lead.follow { reader.following(after)? } else { reader.merged(after.as_ref())? };
    let [most, skipped] = [limit + offset, offset].map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    let full = found.len() > most;
    found.truncate(most);
    let skip = offset - i64::try_from(found.len()).unwrap_or(offset).min(offset);
    let last = found.last().map(|(place, _)| place.clone());
    let more = if full { last } else { stopped.map(|place| Place { skip, ..place }) };
    let tasks = found.into_iter().skip(skipped).map(|(_, task)| task).collect();
    Ok(Page { tasks, stopped_early: !full && more.is_some(), more })
}

/// Whether `stream` has more rows than one call looks at.
pub(super) fn is_long(cx: &Context<'_>, stream: &Stream) -> Result<bool, Failure> {
    let mut sql = Sentence { text: format!("SELECT 1 FROM {} WHERE TRUE", stream.from), values: Vec::new() };
    for (condition, value) in &stream.conditions {
        sql.and(condition, std::slice::from_ref(value));
    }
    let skipped = sql.bind(Sql::from(LOOKED_AT));
    sql.text.push_str(&format!(" LIMIT 1 OFFSET {skipped}"));
    Ok(sql.run(cx)?.iter().flat_map(Rows::iter).next().is_some())
}

type Found = Vec<(Place, Match)>;

struct Reader<'a> {
    cx: &'a Context<'a>,
    lead: &'a Lead,
    filters: &'a Filters,
    wanted: i64,
}

impl Reader<'_> {
    /// All streams at once. They are good as far as the one that had to stop first.
    fn merged(&self, after: Option<&Place>) -> Result<(Found, Option<Place>), Failure> {
        let streams = &self.lead.streams;
        let share = LOOKED_AT / u32::try_from(streams.len()).unwrap_or(u32::MAX).clamp(1, LOOKED_AT);
        let mut stop: Option<Place> = None;
        for stream in streams {
            let bound = self.bound(stream, 0, after, share)?;
            stop = match (stop, bound) {
                (Some(stop), Some(bound)) if self.compare(&stop, &bound) == Ordering::Less => Some(stop),
                (stop, None) => stop,
                (_, bound) => bound,
            };
        }
        let mut found = Vec::new();
        for stream in streams {
            found.extend(self.rows(stream, 0, after, stop.as_ref())?);
        }
        found.sort_by(|a, b| self.compare(&a.0, &b.0));
        Ok((found, stop))
    }

    /// One stream after the other.
    fn following(&self, mut after: Option<Place>) -> Result<(Found, Option<Place>), Failure> {
        let begin = after.as_ref().map_or(0, |place| place.stream);
        let share = LOOKED_AT / u32::try_from(self.lead.streams.len()).unwrap_or(u32::MAX).clamp(1, LOOKED_AT);
        let mut found = Vec::new();
        for (index, stream) in self.lead.streams.iter().enumerate().skip(begin) {
            let stop = self.bound(stream, index, after.as_ref(), share)?;
            found.extend(self.rows(stream, index, after.as_ref(), stop.as_ref())?);
            after = None;
            if stop.is_some() || i64::try_from(found.len()).unwrap_or(i64::MAX) >= self.wanted {
                return Ok((found, stop));
            }
        }
        Ok((found, None))
    }

    /// The last row that may be looked at, if there are more and something is checked of each.
    fn bound(
        &self,
        stream: &Stream,
        index: usize,
        after: Option<&Place>,
        share: u32,
    ) -> Result<Option<Place>, Failure> {
        if self.filters.conditions.iter().all(|condition| self.lead.covers.contains(&condition.about)) {
            return Ok(None);
        }
        let mut sql = Sentence::default();
        let first = self.lead.first.unwrap_or("NULL");
        sql.text = format!("SELECT {first} AS first, {} AS last FROM {} WHERE TRUE", self.lead.seq, stream.from);
        self.place(&mut sql, stream, after, None);
        let limit = sql.bind(Sql::from(share - 1));
        sql.text.push_str(&format!(" LIMIT 1 OFFSET {limit}"));
        let rows = sql.run(self.cx)?;
        rows.iter().flat_map(Rows::iter).map(|row| place(&row, index)).next().transpose()
    }

    fn rows(
        &self,
        stream: &Stream,
        index: usize,
        after: Option<&Place>,
        stop: Option<&Place>,
    ) -> Result<Found, Failure> {
        let mut sql = Sentence::default();
        let first = self.lead.first.unwrap_or("NULL");
        sql.text = format!(
            "SELECT {first} AS first, {} AS last, t.seq, t.id, t.title, t.status, t.specialist, t.type, t.complexity,
                w.priority, t.due_at, t.created_at, t.updated_at,
                (SELECT up.id FROM task AS up WHERE up.seq = t.parent) AS above
             FROM {} {} WHERE TRUE",
            self.lead.seq, stream.from, stream.join
        );
        for condition in &self.filters.conditions {
            if !self.lead.covers.contains(&condition.about) {
                sql.and(condition.sql, &condition.values);
            }
        }
        self.place(&mut sql, stream, after, stop);
        let limit = sql.bind(Sql::from(self.wanted));
        sql.text.push_str(&format!(" LIMIT {limit}"));
        let rows = sql.run(self.cx)?;
        let rows = rows.iter().flat_map(Rows::iter);
        rows.map(|row| Ok((place(&row, index)?, Match::from_row(&row)?))).collect()
    }

    /// From where to where, the stream's own conditions, and the order. Of two bounds on the same side SQLite looks for
    /// the first by the index, and a place is always the closer one.
    fn place(&self, sql: &mut Sentence, stream: &Stream, after: Option<&Place>, stop: Option<&Place>) {
        let Lead { first, seq, descending, .. } = self.lead;
        let (beyond, until, order) = if *descending { ("<", ">=", " DESC") } else { (">", "<=", "") };
        for (place, operator) in [(after, beyond), (stop, until)] {
            let Some(place) = place else { continue };
            match (first, &place.first) {
                (Some(first), Some(value)) => {
                    let values = [value.clone(), Sql::from(place.seq)];
                    sql.and(&format!("({first}, {seq}) {operator} (?, ?)"), &values);
                }
                _ => sql.and(&format!("{seq} {operator} ?"), &[Sql::from(place.seq)]),
            }
        }
        for (condition, value) in &stream.conditions {
            sql.and(condition, std::slice::from_ref(value));
        }
        let first = first.map(|first| format!("{first}{order}, ")).unwrap_or_default();
        sql.text.push_str(&format!(" ORDER BY {first}{seq}{order}"));
    }

    fn compare(&self, a: &Place, b: &Place) -> Ordering {
        let first = match (&a.first, &b.first) {
            (Some(Sql::Integer(a)), Some(Sql::Integer(b))) => a.cmp(b),
            (Some(Sql::Text(a)), Some(Sql::Text(b))) => a.cmp(b),
            _ => Ordering::Equal,
        };
        let order = first.then(a.seq.cmp(&b.seq));
        if self.lead.descending { order.reverse() } else { order }
    }
}

fn place(row: &Row<'_>, stream: usize) -> Result<Place, Failure> {
    let number = row.get::<Option<i64>>("first").ok().flatten().map(Sql::Integer);
    let text = || row.get::<Option<String>>("first").ok().flatten().map(Sql::Text);
    Ok(Place { stream, first: number.or_else(text), seq: row.get("last")?, skip: 0, beginnings: false })
}

/// SQL that is put together from fixed pieces; every value is a parameter.
#[derive(Default)]
struct Sentence {
    text: String,
    values: Vec<Sql>,
}

impl Sentence {
    fn bind(&mut self, value: Sql) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    /// `condition` has a `?` for each of `values`.
    fn and(&mut self, condition: &str, values: &[Sql]) {
        self.text.push_str(" AND ");
        let mut values = values.iter();
        for piece in condition.split_inclusive('?') {
            match piece.strip_suffix('?').zip(values.next()) {
                Some((before, value)) => {
                    let parameter = self.bind(value.clone());
                    self.text.push_str(before);
                    self.text.push_str(&parameter);
                }
                None => self.text.push_str(piece),
            }
        }
    }

    fn run(self, cx: &Context<'_>) -> Result<Vec<Rows>, Failure> {
        Ok(cx.db().batch(vec![Statement::new(self.text, self.values)])?)
    }
}
