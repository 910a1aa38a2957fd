//! How the tasks of a template hang together: which is a part of which, and what waits for what.

use std::collections::HashMap;

use super::source::Part;
use super::{LEVELS, TASKS};
use crate::graph;
use crate::limits::Problems;
use crate::nearest;

/// By the place of a task in its template.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub(super) parents: Vec<Option<usize>>,
    /// Each named once.
    pub(super) dependencies: Vec<Vec<usize>>,
}

impl Tree {
    /// What does not lead anywhere is told to `problems` and left out.
    pub(super) fn of(tasks: &[(String, Part)], problems: &mut Problems) -> Self {
        let places: HashMap<&str, usize> =
            tasks.iter().enumerate().map(|(place, (key, _))| (key.as_str(), place)).collect();
        let mut find = |field: String, wanted: &String| {
            let place = places.get(wanted.as_str()).copied();
            if place.is_none() {
                let shown: String = wanted.chars().take(64).collect();
                let nearest = nearest::of(wanted, places.keys().copied(), 1).pop();
                let hint = nearest.map(|key| format!("; did you mean `{key}`?")).unwrap_or_default();
                problems.add(field, format!("there is no task `{shown}` in this template{hint}"));
            }
            place
        };
        let mut tree = Self { parents: Vec::new(), dependencies: Vec::new() };
        for (key, part) in tasks {
            tree.parents.push(part.parent.as_ref().and_then(|parent| find(format!("/tasks/{key}/parent"), parent)));
            let mut named = Vec::new();
            for (index, wanted) in part.dependencies.iter().flatten().take(TASKS).enumerate() {
                let place = find(format!("/tasks/{key}/dependencies/{index}"), wanted);
                named.extend(place.filter(|place| !named.contains(place)));
            }
            tree.dependencies.push(named);
        }
        tree
    }

    /// Says which tasks would wait for each other, and what is nested too deep.
    pub(super) fn check(&self, tasks: &[(String, Part)], problems: &mut Problems) {
        let keys =
            |cycle: &[usize]| cycle.iter().map(|&place| tasks[place].0.as_str()).collect::<Vec<_>>().join(" -> ");
        let upwards: Vec<Vec<usize>> = self.parents.iter().map(|parent| parent.iter().copied().collect()).collect();
        if let Some(cycle) = graph::cycle(&upwards) {
            let problem = format!("these would be parts of each other: {}", keys(&cycle));
            return problems.add(format!("/tasks/{}/parent", tasks[cycle[0]].0), problem);
        }
        if let Some(place) = (0..tasks.len()).find(|place| self.ancestors(*place).count() >= LEVELS) {
            problems.add(
                format!("/tasks/{}/parent", tasks[place].0),
                format!("is more than {LEVELS} levels below the plan"),
            );
        }
        if let Some(cycle) = graph::cycle(&self.waits()) {
            let problem =
                format!("these would wait for each other for ever (a task waits for its parts): {}", keys(&cycle));
            problems.add(format!("/tasks/{}/dependencies", tasks[cycle[0]].0), problem);
        }
    }

    pub(super) fn ancestors(&self, place: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parents[place], |above| self.parents[*above])
    }

    /// What each task waits for: what it depends on, what those above it depend on, and its parts.
    fn waits(&self) -> Vec<Vec<usize>> {
        let mut waits = self.dependencies.clone();
        for place in 0..waits.len() {
            for above in self.ancestors(place) {
                waits[place].extend(&self.dependencies[above]);
                waits[above].push(place);
            }
        }
        waits
    }

    /// An order in which what a task needs comes before it, and otherwise that of the template.
    pub(super) fn order(&self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut placed = vec![false; self.parents.len()];
        while let Some(next) = (0..placed.len()).find(|&place| {
            !placed[place] && self.parents[place].iter().chain(&self.dependencies[place]).all(|&needed| placed[needed])
        }) {
            placed[next] = true;
            order.push(next);
        }
        order
    }

    /// Leaves out the tasks that `keep` is not said of, and their parts. What depended on one of them depends on
    /// what that depended on.
    pub(super) fn keep(&mut self, keep: &mut [bool]) {
        for place in 0..keep.len() {
            keep[place] &= self.ancestors(place).all(|above| keep[above]);
        }
        for place in self.order() {
            let named = std::mem::take(&mut self.dependencies[place]);
            let mut kept = Vec::new();
            for needed in named {
                let through = if keep[needed] { vec![needed] } else { self.dependencies[needed].clone() };
                kept.extend(through);
            }
            kept.sort_unstable();
            kept.dedup();
            self.dependencies[place] = kept;
        }
    }
}
