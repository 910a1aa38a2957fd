//! The closed lists of words that clients use: kinds of tasks, complexities, priorities, artifacts.

use std::fmt;

use mainstay_plugin::prelude::*;

use crate::nearest;

/// A word from a closed list.
pub(crate) trait Word: Copy + 'static {
    /// What the words are, for messages.
    const WHAT: &'static str;
    const ALL: &'static [Self];

    fn as_str(self) -> &'static str;

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.as_str() == text)
    }
}

/// Says what is wrong with a word that is not in the list of `W`, with the nearest one that is.
pub(crate) fn unknown_word<W: Word>(text: &str) -> String {
    let all: Vec<_> = W::ALL.iter().map(|word| word.as_str()).collect();
    let shown: String = text.chars().take(64).collect();
    let nearest = nearest::of(text, all.iter().copied(), 1).into_iter().next();
    let hint = nearest.map(|word| format!("did you mean `{word}`? ")).unwrap_or_default();
    format!("`{shown}` is not {}; {hint}allowed: {}", W::WHAT, all.join(", "))
}

/// An enum that is the same word in JSON, in the database and in its JSON Schema.
macro_rules! words {
    ($name:ident: $what:literal { $($variant:ident = $word:literal),+ $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
        pub(crate) enum $name { $(#[serde(rename = $word)] $variant),+ }

        impl $crate::words::Word for $name {
            const WHAT: &'static str = $what;
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad($crate::words::Word::as_str(*self))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $crate::words::Word::parse(&text)
                    .ok_or_else(|| serde::de::Error::custom($crate::words::unknown_word::<Self>(&text)))
            }
        }

        impl mainstay_plugin::FromValue for $name {
            const EXPECTED: &'static str = $what;

            fn from_value(value: &mainstay_plugin::Value) -> Option<Self> {
                $crate::words::Word::parse(&String::from_value(value)?)
            }
        }

        impl From<$name> for mainstay_plugin::Value {
            fn from(word: $name) -> Self {
                Self::from($crate::words::Word::as_str(word))
            }
        }
    };
}
pub(crate) use words;

words!(TaskType: "a type of task" {
    Standard = "standard",
    Breakdown = "breakdown",
    Milestone = "milestone",
    Review = "review",
    Approval = "approval",
    Research = "research",
    Implementation = "implementation",
    Testing = "testing",
    Documentation = "documentation",
    Deployment = "deployment",
    Custom = "custom",
});

words!(Complexity: "a complexity" {
    Trivial = "trivial",
    Simple = "simple",
    Moderate = "moderate",
    Complex = "complex",
    VeryComplex = "very_complex",
});

// The older form of planning knows no trivial plans.
words!(ComplexityLevel: "a complexity level" {
    Simple = "simple",
    Moderate = "moderate",
    Complex = "complex",
    VeryComplex = "very_complex",
});

impl From<ComplexityLevel> for Complexity {
    fn from(level: ComplexityLevel) -> Self {
        match level {
            ComplexityLevel::Simple => Self::Simple,
            ComplexityLevel::Moderate => Self::Moderate,
            ComplexityLevel::Complex => Self::Complex,
            ComplexityLevel::VeryComplex => Self::VeryComplex,
        }
    }
}

words!(ArtifactType: "a type of artifact" {
    Code = "code",
    Documentation = "documentation",
    Analysis = "analysis",
    Design = "design",
    Test = "test",
    Config = "config",
    General = "general",
});

words!(NextAction: "a next action" {
    Continue = "continue",
    NeedsRevision = "needs_revision",
    Blocked = "blocked",
    Complete = "complete",
});

words!(Priority: "a priority" {
    Lowest = "lowest",
    Low = "low",
    Normal = "normal",
    High = "high",
    Urgent = "urgent",
});

impl Priority {
    /// As tables have it: what is more urgent is larger.
    pub(crate) fn rank(self) -> i64 {
        self as i64
    }

    pub(crate) fn of_rank(rank: i64) -> Self {
        Self::ALL.iter().copied().find(|priority| priority.rank() == rank).unwrap_or(Self::Normal)
    }
}

// All but `related` hold the dependent up until the prerequisite is completed or the dependency is waived.
words!(DependencyType: "a type of dependency" {
    Completion = "completion",
    Data = "data",
    Approval = "approval",
    Prerequisite = "prerequisite",
    Blocks = "blocks",
    Related = "related",
});

words!(AttributeType: "a type of attribute" {
    Text = "string",
    Number = "number",
    Boolean = "boolean",
    Date = "date",
    Json = "json",
    Reference = "reference",
});

#[cfg(test)]
mod tests;
