//! Where everything in a picture goes: every plan is a box around its parts, and in a box time runs to the right.

mod columns;

use self::columns::columns;
use super::Picture;

/// Size of a task that has no parts in the picture.
const TASK: Size = Size { width: 216.0, height: 66.0 };
/// Room for the title of a plan.
const HEADER: f64 = 30.0;
/// Between a box and its parts, and around everything.
const PADDING: f64 = 16.0;
/// Between columns, where arrows run, and between rows.
const GAP: Size = Size { width: 56.0, height: 16.0 };

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

#[derive(Debug)]
pub(super) struct Layout {
    /// One for each node.
    pub(super) rects: Vec<Rect>,
    pub(super) size: Size,
}

/// Lays out `picture` from the innermost boxes outwards.
pub(super) fn layout(picture: &Picture) -> Layout {
    let lifted = lifted(picture);
    let count = picture.nodes.len();
    let mut sizes = vec![TASK; count];
    let mut offsets = vec![(0.0, 0.0); count];
    let groups = (0..count).rev().map(Some).chain([None]);
    let mut whole = TASK;
    for group in groups {
        let parts = picture.children(group);
        if parts.is_empty() {
            continue;
        }
        let within: Vec<_> = lifted.iter().filter(|(of, _)| *of == group).map(|(_, edge)| *edge).collect();
        let header = if group.is_some() { HEADER } else { 0.0 };
        let size = arrange(&columns(&parts, &within), &sizes, header, &mut offsets);
        match group {
            Some(plan) => sizes[plan] = Size { width: size.width.max(TASK.width + 2.0 * PADDING), ..size },
            None => whole = size,
        }
    }
    let mut rects = Vec::<Rect>::with_capacity(count);
    for place in 0..count {
        let (x, y) = picture.nodes[place].parent.map_or((0.0, 0.0), |plan| (rects[plan].x, rects[plan].y));
        let ((dx, dy), Size { width, height }) = (offsets[place], sizes[place]);
        rects.push(Rect { x: x + dx, y: y + dy, width, height });
    }
    Layout { rects, size: whole }
}

/// Puts columns beside each other, each in the middle of the height, and says how large that is.
fn arrange(columns: &[Vec<usize>], sizes: &[Size], header: f64, offsets: &mut [(f64, f64)]) -> Size {
    let height =
        |column: &Vec<usize>| column.iter().map(|&place| sizes[place].height + GAP.height).sum::<f64>() - GAP.height;
    let tallest = columns.iter().map(height).fold(0.0, f64::max);
    let mut x = PADDING;
    for column in columns {
        let width = column.iter().map(|&place| sizes[place].width).fold(0.0, f64::max);
        let mut y = header + PADDING + (tallest - height(column)) / 2.0;
        for &place in column {
            offsets[place] = (x + (width - sizes[place].width) / 2.0, y);
            y += sizes[place].height + GAP.height;
        }
        x += width + GAP.width;
    }
    Size { width: x - GAP.width + PADDING, height: tallest + header + 2.0 * PADDING }
}

/// Every dependency as one between two things in the same box, and the box: what waits in a plan makes the
/// plan come later than what is waited for outside it.
fn lifted(picture: &Picture) -> Vec<(Option<usize>, (usize, usize))> {
    let line = |place: usize| {
        let mut line = vec![place];
        let mut at = place;
        while let Some(plan) = picture.nodes[at].parent {
            line.push(plan);
            at = plan;
        }
        line.reverse();
        line
    };
    let lift = |from: usize, to: usize| {
        let (from, to) = (line(from), line(to));
        let same = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
        let group = same.checked_sub(1).map(|last| from[last]);
        Some((group, (*from.get(same)?, *to.get(same)?)))
    };
    picture.edges.iter().filter_map(|edge| lift(edge.from, edge.to)).collect()
}
