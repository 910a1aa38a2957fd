//! The templates that come with the product.

use std::fmt;

use mainstay_plugin::prelude::*;

use crate::words::words;

words!(Shelf: "a part of the library" {
    All = "all",
    Development = "development",
    Research = "research",
    Creative = "creative",
    Business = "business",
    SelfDevelopment = "self_development",
});

/// A template of the library.
#[derive(Debug)]
pub(crate) struct Shipped {
    pub(crate) id: &'static str,
    pub(crate) shelf: Shelf,
    pub(crate) content: &'static str,
}

macro_rules! shipped {
    ($shelf:ident, $id:literal) => {
        Shipped { id: $id, shelf: Shelf::$shelf, content: include_str!(concat!("../../templates/", $id, ".json5")) }
    };
}

macro_rules! example {
    ($id:literal) => {
        Shipped {
            id: $id,
            shelf: Shelf::All,
            content: include_str!(concat!("../../templates/examples/", $id, ".json5")),
        }
    };
}

/// By id.
pub(crate) const DEFAULTS: [Shipped; 17] = [
    shipped!(Creative, "article"),
    shipped!(Development, "bug_fix"),
    shipped!(Research, "data_analysis"),
    shipped!(Research, "experiment"),
    shipped!(Development, "feature"),
    shipped!(Business, "incident"),
    shipped!(SelfDevelopment, "learning_plan"),
    shipped!(Research, "literature_review"),
    shipped!(Development, "migration"),
    shipped!(Business, "onboarding"),
    shipped!(Development, "performance"),
    shipped!(Business, "product_launch"),
    shipped!(Development, "refactoring"),
    shipped!(Development, "release"),
    shipped!(Business, "rfc"),
    shipped!(Development, "security_audit"),
    shipped!(Creative, "story"),
];

/// Small ones that show the format, one idea each.
pub(crate) const EXAMPLES: [Shipped; 5] = [
    example!("example_checklist"),
    example!("example_extends"),
    example!("example_nested"),
    example!("example_parameters"),
    example!("example_simple"),
];

#[cfg(test)]
mod tests;
