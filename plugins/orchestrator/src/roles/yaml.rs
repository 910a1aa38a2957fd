//! A YAML file that people write by hand, as a small tree that knows its lines.
//!
//! An alias shares the node it names, so a file cannot grow by naming itself.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// Levels of the tree, with those that an alias brings along: walking and dropping it take stack for each.
const DEPTH: usize = 16;

/// Nodes of one file.
const NODES: usize = 50_000;

/// Keys of one mapping.
const KEYS: usize = 1_000;

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) line: usize,
    pub(super) what: String,
}

impl Trouble {
    pub(super) fn at(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
    /// Levels of lists and mappings in it, itself included.
    depth: usize,
}

#[derive(Debug)]
pub(super) enum Value {
    Nothing,
    Text(String),
    List(Vec<Rc<Node>>),
    Map(Vec<Entry>),
}

/// A key, where it is, and its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) line: usize,
    pub(super) node: Rc<Node>,
}

impl Node {
    fn new(line: usize, value: Value) -> Self {
        let depth = match &value {
            Value::Nothing | Value::Text(_) => 0,
            Value::List(items) => 1 + items.iter().map(|item| item.depth).max().unwrap_or(0),
            Value::Map(entries) => 1 + entries.iter().map(|entry| entry.node.depth).max().unwrap_or(0),
        };
        Self { line, value, depth }
    }

    /// The value at `key` of a mapping, if it has any.
    pub(super) fn get(&self, key: &str) -> Option<&Rc<Self>> {
        let Value::Map(entries) = &self.value else { return None };
        let found = entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node);
        found.filter(|node| !matches!(node.value, Value::Nothing))
    }
}

/// The one document of a file; nothing if it is empty.
pub(super) fn read(text: &str) -> Result<Option<Rc<Node>>, Trouble> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Trouble::at(error.marker().line(), error.info()))?;
        tree.take(event, span.start.line())?;
    }
    Ok(tree.root)
}

/// A list or mapping that is not complete yet.
struct Open {
    anchor: usize,
    line: usize,
    value: Value,
    /// Of a mapping: the key whose value comes next, and its line.
    key: Option<(String, usize)>,
}

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
    nodes: usize,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), Trouble> {
        match event {
            Event::Scalar(text, style, anchor, _) => self.add(anchor, Node::new(line, scalar(&text, style))),
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => self.place(node, line),
                None => Err(Trouble::at(line, "this alias names what it is part of")),
            },
            Event::SequenceStart(anchor, _) => self.begin(anchor, line, Value::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.begin(anchor, line, Value::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { anchor, line, value, .. }) => self.add(anchor, Node::new(line, value)),
                None => Ok(()),
            },
            Event::DocumentStart(_) if self.root.is_some() => Err(Trouble::at(line, "a second document begins here")),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, anchor: usize, line: usize, value: Value) -> Result<(), Trouble> {
        if self.open.len() == DEPTH {
            return Err(too_deep(line));
        }
        self.open.push(Open { anchor, line, value, key: None });
        Ok(())
    }

    fn add(&mut self, anchor: usize, node: Node) -> Result<(), Trouble> {
        let line = node.line;
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.place(node, line)
    }

    fn place(&mut self, node: Rc<Node>, line: usize) -> Result<(), Trouble> {
        self.nodes += 1;
        if self.nodes > NODES {
            return Err(Trouble::at(line, format!("there are more than {NODES} values")));
        }
        if self.open.len() + node.depth > DEPTH {
            return Err(too_deep(line));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.value, open.key.take()) {
            (Value::Map(entries), Some((key, line))) => entries.push(Entry { key, line, node }),
            (Value::Map(entries), None) => {
                let Value::Text(key) = &node.value else { return Err(Trouble::at(line, "this key is not text")) };
                if entries.iter().any(|entry| entry.key == *key) {
                    return Err(Trouble::at(line, format!("`{}` is there twice", crate::limits::shortened(key, 64))));
                }
                if entries.len() == KEYS {
                    return Err(Trouble::at(line, format!("this mapping has more than {KEYS} keys")));
                }
                open.key = Some((key.clone(), line));
            }
            (Value::List(items), _) => items.push(node),
            _ => {}
        }
        Ok(())
    }
}

fn too_deep(line: usize) -> Trouble {
    Trouble::at(line, format!("this is nested more than {DEPTH} levels deep"))
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" if style == ScalarStyle::Plain => Value::Nothing,
        text => Value::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests;
