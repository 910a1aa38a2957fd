//! Tasks that wait for each other: few that are about to be planned, or very many that are there.

/// A way through `edges` that ends where it began, if there is one. `edges[i]` is what `i` waits for.
///
/// Whatever waits for nothing is taken away until nothing changes; what is left waits for itself in the end. The work is
/// that of the edges, however long a chain is.
pub(crate) fn cycle(edges: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut waiting: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut waited_for_by = vec![Vec::new(); edges.len()];
    for (from, tos) in edges.iter().enumerate() {
        tos.iter().for_each(|&to| waited_for_by[to].push(from));
    }
    let mut free: Vec<usize> = (0..edges.len()).filter(|&node| waiting[node] == 0).collect();
    while let Some(node) = free.pop() {
        for &other in &waited_for_by[node] {
            waiting[other] -= 1;
            if waiting[other] == 0 {
                free.push(other);
            }
        }
    }
    let start = (0..edges.len()).find(|&node| waiting[node] > 0)?;
    let (mut way, mut place, mut at) = (Vec::new(), vec![None; edges.len()], start);
    loop {
        if let Some(begin) = place[at] {
            let mut cycle = way.split_off(begin);
            cycle.push(at);
            return Some(cycle);
        }
        place[at] = Some(way.len());
        way.push(at);
        at = *edges[at].iter().find(|&&to| waiting[to] > 0)?;
    }
}

#[cfg(test)]
mod tests;
