//! Templates: plans to fill in.
//!
//! A template is JSON5 text. [`source`] is its format, [`inherit`] puts it over the one it extends, [`mod@validate`] says
//! what is wrong with it, [`mod@checked`] does all of that, [`instance`] fills it in. [`store`] keeps those of a
//! workspace and those of all, [`library`] holds those that come with the product. Values go into texts that are
//! parsed already, never into JSON5, and what was filled in is not looked at again: a value cannot become anything but
//! text.

mod checked;
mod depth;
mod entries;
mod fill;
mod inherit;
mod instance;
pub(crate) mod library;
mod parameter;
mod placeholder;
mod source;
pub(crate) mod store;
mod tree;
mod validate;

use std::fmt;

use mainstay_plugin::prelude::*;

pub(crate) use self::checked::{checked, problems};
pub(crate) use self::fill::fill_in;
pub(crate) use self::inherit::{complete, parse};
pub(crate) use self::instance::{Instance, InstancePart};
pub(crate) use self::parameter::example;
#[cfg(test)]
pub(crate) use self::source::ParameterType;
pub(crate) use self::source::{Metadata, Parameter, Part, PlanText, Source};
pub(crate) use self::validate::validate;
use crate::words::words;

/// Bytes of a template's text.
pub(crate) const CONTENT: usize = 256 * 1024;
/// Tasks of a template, those of its bases included.
pub(crate) const TASKS: usize = 200;
pub(crate) const PARAMETERS: usize = 50;
/// Characters of a parameter's name.
pub(crate) const NAME: usize = 64;
/// Characters of a task's key: with something added it becomes the id of a task.
pub(crate) const KEY: usize = 48;
/// Characters of a template's name, which stands in lists.
pub(crate) const TITLE: usize = 100;
/// Characters of what a template or a parameter says of itself.
pub(crate) const ABOUT: usize = 2_000;
pub(crate) const TAGS: usize = 20;
/// Items of a checklist.
pub(crate) const CHECKLIST: usize = 50;
/// Words of an `enum`.
pub(crate) const CHOICES: usize = 100;
/// Characters of a value that is filled in.
pub(crate) const VALUE: usize = 10_000;
/// Items of an array that is filled in.
pub(crate) const ITEMS: usize = 100;
/// Levels of brackets in the text.
pub(crate) const BRACKETS: usize = 32;
/// Levels of tasks below the plan.
pub(crate) const LEVELS: usize = 8;
/// Templates in a row of which each extends the next.
pub(crate) const EXTENDS: usize = 8;
/// Templates of a workspace, and as many that are shared.
pub(crate) const STORED: i64 = 500;

// In the order of looking something up.
words!(Category: "a category" {
    User = "user",
    Shared = "shared",
    Builtin = "builtin",
});

// Where templates can be written.
words!(Place: "a category to write to" {
    User = "user",
    Shared = "shared",
});

impl From<Place> for Category {
    fn from(place: Place) -> Self {
        match place {
            Place::User => Self::User,
            Place::Shared => Self::Shared,
        }
    }
}

/// A template with everything it inherits.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) metadata: Metadata,
    pub(crate) plan: PlanText,
    pub(crate) parameters: Vec<(String, Parameter)>,
    pub(crate) tasks: Vec<(String, Part)>,
    /// Something in it asks to be run.
    pub(crate) has_hooks: bool,
}

impl Template {
    pub(crate) fn version(&self) -> &str {
        self.metadata.version.as_deref().unwrap_or("1.0.0")
    }
}
