//! In which column what stands, and in which order: as far right as its longest chain of prerequisites, near
//! what it is connected with.

use std::collections::{HashMap, HashSet};

/// Rows of a column, however few there are in all.
const ROWS: usize = 8;

/// How often the order is improved.
const SWEEPS: usize = 6;

/// Distributes `parts`; each pair of `edges` is a part and one that comes after it.
pub(super) fn columns(parts: &[usize], edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let forward = without_cycles(parts, edges);
    let depths = depths(parts, &forward);
    let deepest = depths.values().copied().max().unwrap_or(0);
    let mut columns = vec![Vec::new(); deepest + 1];
    for part in parts {
        columns[depths[part]].push(*part);
    }
    order(&mut columns, &forward);
    // As wide as high, where a part is wider than it is high.
    let rows = ((parts.len() as f64 * 3.0).sqrt().ceil() as usize).max(ROWS);
    columns.into_iter().flat_map(|column| broken(&column, rows)).collect()
}

/// Several columns for one that is too high, equally high.
fn broken(column: &[usize], rows: usize) -> Vec<Vec<usize>> {
    let pieces = column.len().div_ceil(rows).max(1);
    column.chunks(column.len().div_ceil(pieces).max(1)).map(<[usize]>::to_vec).collect()
}

/// Parts of two plans may wait for each other crosswise; then one of the two directions is ignored.
fn without_cycles(parts: &[usize], edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut after = HashMap::<usize, Vec<usize>>::new();
    for (from, to) in edges.iter().collect::<HashSet<_>>().into_iter().copied() {
        after.entry(from).or_default().push(to);
    }
    after.values_mut().for_each(|all| all.sort_unstable());
    let (mut kept, mut begun, mut ended) = (Vec::new(), HashSet::new(), HashSet::new());
    for &part in parts {
        let mut open = vec![(part, 0)];
        while let Some((at, next)) = open.pop() {
            begun.insert(at);
            let Some(&to) = after.get(&at).and_then(|all| all.get(next)) else {
                ended.insert(at);
                continue;
            };
            open.push((at, next + 1));
            if !begun.contains(&to) {
                open.push((to, 0));
            }
            if !begun.contains(&to) || ended.contains(&to) {
                kept.push((at, to));
            }
        }
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// How many steps the longest way to each part has.
fn depths(parts: &[usize], edges: &[(usize, usize)]) -> HashMap<usize, usize> {
    let mut depths: HashMap<_, _> = parts.iter().map(|part| (*part, 0)).collect();
    // Without cycles the longest way has fewer steps than there are parts.
    for _ in 0..parts.len() {
        let mut settled = true;
        for (from, to) in edges {
            let least = depths[from] + 1;
            if depths[to] < least {
                depths.insert(*to, least);
                settled = false;
            }
        }
        if settled {
            break;
        }
    }
    depths
}

/// Moves what is connected to the same height, forwards and backwards in turn.
fn order(columns: &mut [Vec<usize>], edges: &[(usize, usize)]) {
    let mut heights = HashMap::new();
    columns.iter().for_each(|column| note_heights(column, &mut heights));
    for sweep in 0..SWEEPS {
        let forwards = sweep % 2 == 0;
        let mut before = HashMap::<usize, Vec<usize>>::new();
        for &(from, to) in edges {
            let (of, neighbour) = if forwards { (to, from) } else { (from, to) };
            before.entry(of).or_default().push(neighbour);
        }
        let count = columns.len();
        for step in 0..count {
            let column = &mut columns[if forwards { step } else { count - 1 - step }];
            let wanted = |part: &usize| match before.get(part) {
                Some(all) => all.iter().map(|neighbour| heights[neighbour]).sum::<f64>() / all.len() as f64,
                None => heights[part],
            };
            let mut wishes: Vec<_> = column.iter().map(|part| (wanted(part), *part)).collect();
            wishes.sort_by(|one, other| one.0.total_cmp(&other.0));
            *column = wishes.into_iter().map(|(_, part)| part).collect();
            note_heights(column, &mut heights);
        }
    }
}

/// From 0 at the top to 1 at the bottom of the column.
fn note_heights(column: &[usize], heights: &mut HashMap<usize, f64>) {
    for (row, part) in column.iter().enumerate() {
        heights.insert(*part, (row as f64 + 0.5) / column.len() as f64);
    }
}
