//! Reads what a picture shows, never more than it can.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use super::{EDGES, Edge, Look, NODES, Node, OUTSIDE, Picture, READ};
use crate::status::Status;
use crate::task::{self, Task};

const COLUMNS: &str = "t.seq, t.path, t.id, t.title, t.status, t.specialist, t.ready, t.waits_for, w.below";

/// A task, as far as a picture needs it.
#[derive(Debug, Clone)]
struct Found {
    seq: i64,
    path: String,
    below: i64,
    node: Node,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let status = row.get::<Status>("status")?;
        let node = Node {
            id: row.get("id")?,
            title: row.get("title")?,
            specialist: row.get("specialist")?,
            look: Look::of(status, row.get("ready")?, row.get("waits_for")?),
            parent: None,
            folded: 0,
            outside: false,
        };
        Ok(Self { seq: row.get("seq")?, path: row.get("path")?, below: row.get("below")?, node })
    }
}

/// A dependency of a task in the picture, and the task at its other end.
struct Link {
    shown: i64,
    binds: bool,
    other: Found,
}

impl FromRow for Link {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self { shown: row.get("shown")?, binds: row.get("binds")?, other: Found::from_row(row)? })
    }
}

/// The picture of `task` and everything below it.
pub(crate) fn gather(cx: &Context<'_>, task: &Task) -> Result<Picture, Failure> {
    let mut shown = Shown::new(task, chosen(below(cx, task)?));
    for (waits, other) in [("task", "prerequisite"), ("prerequisite", "task")] {
        let links = links(cx, &shown.seqs, waits, other)?;
        shown.cut |= links.len() > EDGES;
        for link in links.into_iter().take(EDGES) {
            shown.link(link, waits == "task");
        }
    }
    Ok(shown.into_picture())
}

/// The task and what is below it: everything if there is room for it, else what is open, and plans.
fn below(cx: &Context<'_>, task: &Task) -> Result<Vec<Found>, Failure> {
    let range = "t.path >= ?1 AND t.path < ?1 || 'g'";
    let from = "task AS t JOIN work AS w ON w.task = t.seq";
    let (most, read) = (NODES as i64, READ as i64);
    let sql = format!("SELECT {COLUMNS} FROM {from} WHERE {range} ORDER BY t.path LIMIT ?2");
    let everything = cx.db().query::<Found>(&sql, params![&task.path, most + 1])?;
    if everything.len() <= NODES {
        return Ok(everything);
    }
    // What has more below it than fits is a plan, so it is in one of the two itself.
    let among = |index: &str| {
        let from = format!("task AS t INDEXED BY {index} CROSS JOIN work AS w ON w.task = t.seq");
        format!("SELECT {COLUMNS} FROM {from} WHERE {range}")
    };
    let sql = format!(
        "{} AND t.settled = 0 UNION ALL {} AND t.children > 0 AND t.settled = 1 ORDER BY path LIMIT ?2",
        among("task_open"),
        among("task_settled_plan")
    );
    Ok(cx.db().query(&sql, params![&task.path, read])?)
}

/// As many whole levels as there is room for, and of the next as many tasks as fit.
fn chosen(mut found: Vec<Found>) -> Vec<Found> {
    let mut by_depth = BTreeMap::<usize, usize>::new();
    found.iter().for_each(|task| *by_depth.entry(task.path.len()).or_default() += 1);
    let (mut room, mut whole) = (NODES, 0);
    for (depth, tasks) in by_depth {
        if tasks > room {
            break;
        }
        room -= tasks;
        whole = depth;
    }
    found.retain(|task| {
        let next = task.path.len() == whole + task::STEP && room > 0;
        room -= usize::from(next);
        task.path.len() <= whole || next
    });
    found
}

fn links(cx: &Context<'_>, seqs: &[i64], waits: &str, other: &str) -> Result<Vec<Link>, Failure> {
    let sql = format!(
        "SELECT d.{waits} AS shown, d.binds, {COLUMNS}
         FROM dependency AS d JOIN task AS t ON t.seq = d.{other} JOIN work AS w ON w.task = t.seq
         WHERE d.{waits} IN (SELECT value FROM json_each(?1)) LIMIT ?2"
    );
    Ok(cx.db().query(&sql, params![serde_json::to_string(seqs)?, (EDGES + 1) as i64])?)
}

/// The picture while it is made.
struct Shown {
    /// The path of the first node.
    root: String,
    places: HashMap<i64, usize>,
    seqs: Vec<i64>,
    nodes: Vec<Node>,
    left_out: i64,
    edges: BTreeSet<Edge>,
    cut: bool,
}

impl Shown {
    fn new(task: &Task, tasks: Vec<Found>) -> Self {
        let places: HashMap<_, _> = tasks.iter().enumerate().map(|(place, task)| (task.seq, place)).collect();
        let seqs = tasks.iter().map(|task| task.seq).collect();
        let left_out = tasks.first().map_or(0, |root| root.below + 1) - tasks.len() as i64;
        let mut nodes = Vec::<Node>::new();
        for found in tasks {
            let steps = task::line_of(&found.path);
            let above = steps.iter().rev().skip(1).find_map(|step| places.get(step).copied());
            nodes.push(Node { parent: above, folded: found.below, ..found.node });
        }
        for place in 1..nodes.len() {
            let mut above = nodes[place].parent;
            while let Some(plan) = above {
                nodes[plan].folded -= 1;
                above = nodes[plan].parent;
            }
        }
        Self { root: task.path.clone(), places, seqs, nodes, left_out, edges: BTreeSet::new(), cut: false }
    }

    /// Draws `link`, whose task in the picture waits for the other, or is waited for.
    fn link(&mut self, link: Link, waits: bool) {
        let Some(&here) = self.places.get(&link.shown) else { return };
        let Some(there) = self.place(link.other) else {
            self.cut = true;
            return;
        };
        if self.is_within(here, there) || self.is_within(there, here) {
            return;
        }
        let (from, to) = if waits { (there, here) } else { (here, there) };
        if self.edges.len() == EDGES && !self.edges.contains(&Edge { from, to, binds: link.binds }) {
            self.cut = true;
            return;
        }
        self.edges.insert(Edge { from, to, binds: link.binds });
    }

    /// Where a task is drawn: what is folded is drawn as the plan it is in.
    fn place(&mut self, task: Found) -> Option<usize> {
        if task.path.starts_with(&self.root) {
            return task::line_of(&task.path).iter().rev().find_map(|step| self.places.get(step).copied());
        }
        if let Some(&place) = self.places.get(&task.seq) {
            return Some(place);
        }
        if self.nodes.len() >= self.seqs.len() + OUTSIDE {
            return None;
        }
        self.nodes.push(Node { outside: true, ..task.node });
        self.places.insert(task.seq, self.nodes.len() - 1);
        Some(self.nodes.len() - 1)
    }

    fn is_within(&self, inner: usize, outer: usize) -> bool {
        let mut at = Some(inner);
        while let Some(place) = at {
            if place == outer {
                return true;
            }
            at = self.nodes[place].parent;
        }
        false
    }

    fn into_picture(self) -> Picture {
        let edges = self.edges.into_iter().collect();
        Picture { nodes: self.nodes, edges, left_out: self.left_out, cut: self.cut }
    }
}
