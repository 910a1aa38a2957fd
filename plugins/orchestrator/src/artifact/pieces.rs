//! Texts in pieces: the first is in the row of the artifact, the others are rows of their own.

use mainstay_plugin::prelude::*;

/// Bytes of one piece.
pub(super) const PIECE: usize = 64 * 1024;

/// The last piece is filled up as long as it has fewer bytes than this: what is added in very small portions does not
/// become very many rows, and none of them costs more than it to write again.
const SMALL: usize = 8 * 1024;

/// Pieces that cross to the host at once.
const AT_ONCE: usize = 16;

/// The beginning of `text` and the rest of it.
pub(super) fn first(text: &str) -> (&str, &str) {
    text.split_at(text.floor_char_boundary(PIECE))
}

fn cut(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (piece, rest) = first(text);
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Where an artifact ends.
struct End {
    bytes: i64,
    /// Of the last piece.
    position: i64,
    length: i64,
}

/// Adds `text` to the end of the artifact `seq` and returns how many bytes it has now. Nothing that is there is read.
pub(super) fn add(cx: &Context<'_>, seq: i64, text: &str) -> Result<i64, Failure> {
    let End { mut bytes, mut position, length } = end(cx, seq)?;
    let room = SMALL.saturating_sub(usize::try_from(length).unwrap_or(SMALL));
    let (fill, rest) = text.split_at(text.floor_char_boundary(room));
    let mut writes = Vec::new();
    if !fill.is_empty() {
        let longer = if position == 0 {
            "UPDATE artifact SET content = content || ?2 WHERE seq = ?1 AND ?3 = 0"
        } else {
            "UPDATE artifact_chunk SET content = content || ?2 WHERE artifact = ?1 AND position = ?3"
        };
        writes.push(Statement::new(longer, params![seq, fill, position]));
        bytes += size(fill);
    }
    for piece in cut(rest) {
        position += 1;
        let insert = "INSERT INTO artifact_chunk (artifact, position, begins_at, content) VALUES (?1, ?2, ?3, ?4)";
        writes.push(Statement::new(insert, params![seq, position, bytes, piece]));
        bytes += size(piece);
        if writes.len() >= AT_ONCE {
            cx.db().batch(std::mem::take(&mut writes))?;
        }
    }
    let total = "UPDATE artifact SET bytes = ?2, chunks = ?3 WHERE seq = ?1";
    writes.push(Statement::new(total, params![seq, bytes, position]));
    cx.db().batch(writes)?;
    Ok(bytes)
}

fn end(cx: &Context<'_>, seq: i64) -> Result<End, Failure> {
    // The lengths are known without the texts.
    let sql = "SELECT coalesce(a.bytes, octet_length(a.content)), a.chunks,
            CASE a.chunks WHEN 0 THEN octet_length(a.content) ELSE coalesce((
                SELECT octet_length(c.content) FROM artifact_chunk AS c
                WHERE c.artifact = a.seq AND c.position = a.chunks), ?2) END
        FROM artifact AS a WHERE a.seq = ?1";
    let row = cx.db().query_one::<(i64, i64, i64)>(sql, params![seq, i64::try_from(PIECE).unwrap_or(i64::MAX)])?;
    let (bytes, position, length) = row.ok_or_else(|| Failure::new("internal", "the artifact has vanished"))?;
    Ok(End { bytes, position, length })
}

/// Whether the artifact `seq` is exactly `text`. What is there is compared where it is.
pub(super) fn are(cx: &Context<'_>, seq: i64, text: &str) -> Result<bool, Failure> {
    let sql = "SELECT coalesce(bytes, octet_length(content)), octet_length(content) FROM artifact WHERE seq = ?1";
    let Some((bytes, length)) = cx.db().query_one::<(i64, i64)>(sql, params![seq])? else { return Ok(false) };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if bytes != size(text) || !text.is_char_boundary(length) {
        return Ok(false);
    }
    let (beginning, mut rest) = text.split_at(length);
    let begins = "SELECT 1 FROM artifact WHERE seq = ?1 AND content = ?2";
    if cx.db().query_one::<(i64,)>(begins, params![seq, beginning])?.is_none() {
        return Ok(false);
    }
    let mut position = 0_i64;
    while !rest.is_empty() {
        position += 1;
        // Pieces have different lengths if they came one after the other.
        let goes_on = "SELECT octet_length(content) FROM artifact_chunk WHERE artifact = ?1 AND position = ?2
            AND substr(?3, 1, length(content)) = content";
        let (candidate, _) = first(rest);
        let found = cx.db().query_one::<(i64,)>(goes_on, params![seq, position, candidate])?;
        let length = found.and_then(|(length,)| usize::try_from(length).ok()).filter(|length| *length > 0);
        let Some(length) = length.filter(|length| rest.is_char_boundary(*length)) else { return Ok(false) };
        rest = &rest[length..];
    }
    Ok(true)
}

fn size(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
