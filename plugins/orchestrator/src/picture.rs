//! The graph of a plan, for people: its tasks in each other, and what waits for what.
//!
//! [`mod@gather`] reads it, [`mod@mermaid`] and [`mod@svg`] draw it.

mod gather;
mod layout;
mod mermaid;
mod svg;
mod text;

use crate::status::Status;

pub(crate) use self::gather::gather;
pub(crate) use self::mermaid::mermaid;
pub(crate) use self::svg::svg;

/// Tasks in one picture. Of a larger plan what is open is shown, and the deeper levels are folded.
const NODES: usize = 200;

/// Tasks of other plans that are shown because something here waits for them, or they for something here.
const OUTSIDE: usize = 40;

/// Dependencies in one picture; no renderer of Mermaid draws more than 500.
const EDGES: usize = 400;

/// Tasks that are looked at to choose from.
const READ: usize = 2_000;

/// A task in the picture.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    id: String,
    title: String,
    specialist: String,
    look: Look,
    /// The plan it is drawn in, by its place among the nodes, which is before its own.
    parent: Option<usize>,
    /// Tasks below it that are not in the picture.
    folded: i64,
    /// It belongs to another plan.
    outside: bool,
}

/// `to` waits for `from`; both are places among the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: usize,
    to: usize,
    /// It holds something up: it is neither waived nor only a relation.
    binds: bool,
}

/// The first node is what was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    /// Tasks below the first node that are not shown.
    left_out: i64,
    /// Some dependencies are not shown, or the tasks of other plans at their ends.
    cut: bool,
}

/// How a task is told from others: never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    class: &'static str,
    mark: &'static str,
    word: &'static str,
}

impl Look {
    fn of(status: Status, ready: bool, waits_for: i64) -> Self {
        let (class, mark, word) = match status {
            Status::Pending if ready => ("ready", "○", "ready"),
            Status::Pending if waits_for > 0 => ("waiting", "…", "waiting"),
            Status::Pending => ("waiting", "…", "pending"),
            Status::Active => ("underway", "▶", "active"),
            Status::InProgress => ("underway", "▶", "in progress"),
            Status::Blocked => ("blocked", "■", "blocked"),
            Status::Failed => ("blocked", "✗", "failed"),
            Status::Completed => ("done", "✓", "done"),
            Status::Cancelled => ("off", "–", "cancelled"),
            Status::Archived => ("off", "–", "archived"),
        };
        Self { class, mark, word }
    }
}

impl Picture {
    fn children(&self, of: Option<usize>) -> Vec<usize> {
        (0..self.nodes.len()).filter(|&index| self.nodes[index].parent == of).collect()
    }

    /// What the picture does not show, if anything.
    fn left_out(&self) -> Option<String> {
        let mut said = Vec::new();
        if self.left_out > 0 {
            said.push(format!("{} more tasks are not shown", self.left_out));
        }
        if self.cut {
            said.push("some dependencies are not shown".to_owned());
        }
        (!said.is_empty()).then(|| said.join("; "))
    }
}

#[cfg(test)]
mod tests;
