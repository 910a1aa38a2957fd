//! The difference between the tools that are published and those that a plugin offers.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use similar::TextDiff;

use super::surface::{ToolText, arrange, surface_text};

/// How much of a diff is kept: enough to see what happened, little enough for an error message.
const DIFF_BYTES: usize = 8 * 1024;
const CUT: &str = "\n(the rest of the difference is cut)\n";
/// A diff that takes longer becomes a coarser one.
const DIFF_TIME: Duration = Duration::from_millis(100);

/// What changes for clients if the offered tools are published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    pub kind: DriftKind,
    /// Names, sorted.
    pub added: Vec<String>,
    /// Names, in the order in which they are published.
    pub removed: Vec<String>,
    /// Names, in the order in which they are published.
    pub edited: Vec<String>,
    /// A unified diff for each tool that changes, of its JSON on many lines; at most some 8 KiB, and a line says if
    /// it was cut.
    pub diff: String,
    /// Size of the new list: unless the kind is `Identical`, what prompt caches read again.
    pub bytes: u64,
}

/// The gravest change there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftKind {
    /// Byte for byte. In which order the plugin lists its tools does not count: the host keeps its own.
    Identical,
    /// Only new tools, behind the others.
    Append,
    /// A tool has another text, in whichever field.
    Edit,
    /// A tool is no longer offered.
    Remove,
}

/// Which drift is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// None.
    #[default]
    Strict,
    /// New tools only.
    Append,
    /// Any.
    Force,
}

impl Drift {
    /// Compares by name, and every byte of a tool counts.
    pub fn between(published: &[ToolText], offered: &[ToolText]) -> Self {
        let old: HashMap<&str, &ToolText> = published.iter().map(|tool| (tool.name.as_str(), tool)).collect();
        let new: HashMap<&str, &ToolText> = offered.iter().map(|tool| (tool.name.as_str(), tool)).collect();
        let list = arrange(published, offered);
        let both = published.iter().filter_map(|tool| Some((tool, *new.get(tool.name.as_str())?)));
        let edited: Vec<_> = both.filter(|(old, new)| old.text != new.text).collect();
        let removed: Vec<_> = published.iter().filter(|tool| !new.contains_key(tool.name.as_str())).collect();
        let added: Vec<_> = list.iter().filter(|tool| !old.contains_key(tool.name.as_str())).collect();
        let kind = match (removed.is_empty(), edited.is_empty(), added.is_empty()) {
            (false, _, _) => DriftKind::Remove,
            (true, false, _) => DriftKind::Edit,
            (true, true, false) => DriftKind::Append,
            (true, true, true) => DriftKind::Identical,
        };
        // What may break a client comes first, since the end may be cut.
        let changes = (edited.iter().map(|(old, new)| (Some(*old), Some(*new))))
            .chain(removed.iter().map(|tool| (Some(*tool), None)))
            .chain(added.iter().map(|tool| (None, Some(*tool))));
        let diff = diff(changes);
        let names = |tools: &[&ToolText]| tools.iter().map(|tool| tool.name.clone()).collect();
        let edited = edited.iter().map(|(old, _)| old.name.clone()).collect();
        let bytes = u64::try_from(surface_text(&list).len()).unwrap_or(u64::MAX);
        Self { kind, added: names(&added), removed: names(&removed), edited, diff, bytes }
    }

    /// The names of what changes, on one line: `+added -removed ~edited`, or `identical`.
    pub fn summary(&self) -> String {
        let signed = [('+', &self.added), ('-', &self.removed), ('~', &self.edited)];
        let words: Vec<String> =
            signed.iter().flat_map(|(sign, names)| names.iter().map(move |name| format!("{sign}{name}"))).collect();
        if words.is_empty() { "identical".to_owned() } else { words.join(" ") }
    }

    /// What to say to whoever published a drift that is not identical: what changed and what it costs.
    pub fn warning(&self) -> String {
        let kilobytes = self.bytes.div_ceil(1000);
        format!("the tool surface changed: {}; clients that cache prompts read {kilobytes} KB again", self.summary())
    }
}

impl DriftKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Append => "append",
            Self::Edit => "edit",
            Self::Remove => "remove",
        }
    }
}

impl fmt::Display for DriftKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Policy {
    /// Whether `drift` may be published.
    pub fn allows(self, drift: &Drift) -> bool {
        match self {
            Self::Strict => drift.kind == DriftKind::Identical,
            Self::Append => drift.kind <= DriftKind::Append,
            Self::Force => true,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Append => "append",
            Self::Force => "force",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that is no policy.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no policy: use `strict`, `append` or `force`")]
pub struct PolicyError(String);

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let policies = [Self::Strict, Self::Append, Self::Force];
        policies.into_iter().find(|policy| policy.as_str() == word).ok_or_else(|| PolicyError(word.to_owned()))
    }
}

fn diff<'a>(changes: impl Iterator<Item = (Option<&'a ToolText>, Option<&'a ToolText>)>) -> String {
    let mut text = String::new();
    for (old, new) in changes {
        if text.len() > DIFF_BYTES {
            break;
        }
        let header = |side: &str, tool: Option<&ToolText>| match tool {
            Some(tool) => format!("{side}/{}", tool.name),
            None => "/dev/null".to_owned(),
        };
        let (before, after) = (old.map(pretty).unwrap_or_default(), new.map(pretty).unwrap_or_default());
        let lines = TextDiff::configure().timeout(DIFF_TIME).diff_lines(&before, &after);
        let (before, after) = (header("published", old), header("offered", new));
        text.push_str(&lines.unified_diff().header(&before, &after).to_string());
    }
    cut(text)
}

/// A field a line.
fn pretty(tool: &ToolText) -> String {
    let lines = serde_json::from_str::<Value>(&tool.text).and_then(|tool| serde_json::to_string_pretty(&tool));
    let mut lines = lines.unwrap_or_else(|_| tool.text.to_string());
    lines.push('\n');
    lines
}

/// Ends a text that is too long at the end of a line, if one ends in time.
fn cut(mut text: String) -> String {
    if text.len() > DIFF_BYTES {
        text.truncate(text.floor_char_boundary(DIFF_BYTES));
        text.truncate(text.rfind('\n').unwrap_or(text.len()));
        text.push_str(CUT);
    }
    text
}

#[cfg(test)]
mod tests;
