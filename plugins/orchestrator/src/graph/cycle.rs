//! Cycles among tasks that are about to be planned.

/// A way through `edges` that ends where it began, as indices, if there is one. `edges[i]` is what the task
/// `i` waits for.
pub(crate) fn cycle(edges: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut finished = vec![false; edges.len()];
    for start in 0..edges.len() {
        if let Some(cycle) = cycle_from(start, edges, &mut finished) {
            return Some(cycle);
        }
    }
    None
}

/// Depth first, with a stack of its own: a chain of tasks may be longer than the stack of a component.
fn cycle_from(start: usize, edges: &[Vec<usize>], finished: &mut [bool]) -> Option<Vec<usize>> {
    if finished[start] {
        return None;
    }
    let mut way = vec![start];
    let mut next_edge = vec![0];
    while let (Some(&at), Some(edge)) = (way.last(), next_edge.last_mut()) {
        let Some(&to) = edges[at].get(*edge) else {
            finished[at] = true;
            way.pop();
            next_edge.pop();
            continue;
        };
        *edge += 1;
        if let Some(begin) = way.iter().position(|&seen| seen == to) {
            let mut cycle = way.split_off(begin);
            cycle.push(to);
            return Some(cycle);
        }
        if !finished[to] {
            way.push(to);
            next_edge.push(0);
        }
    }
    None
}

#[cfg(test)]
mod tests;
