//! What somebody may have meant.

/// Less alike than this is no help.
const ALIKE: f64 = 0.5;

/// At most `count` of `candidates` that look like `wanted`, best first.
pub(crate) fn of<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>, count: usize) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let likeness = |candidate: &str| strsim::normalized_damerau_levenshtein(&wanted, &candidate.to_lowercase());
    let mut alike: Vec<_> = candidates.into_iter().map(|c| (likeness(c), c)).filter(|(l, _)| *l >= ALIKE).collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    alike.dedup_by(|a, b| a.1 == b.1);
    alike.truncate(count);
    alike.into_iter().map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests;
