use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{DEFAULTS, EXAMPLES, Shelf, Shipped};
use crate::roles::Roles;
use crate::template::{ParameterType, Template, example, fill_in, parse, validate};
use crate::words::Word;

fn all() -> impl Iterator<Item = (&'static Shipped, Template)> {
    DEFAULTS.iter().chain(&EXAMPLES).filter(|shipped| shipped.id != "example_extends").map(|shipped| {
        let source = parse(shipped.content).unwrap_or_else(|problem| panic!("{}: {problem}", shipped.id));
        (shipped, source.alone())
    })
}

#[test]
fn every_template_is_right_and_makes_use_of_every_parameter() {
    for (shipped, template) in all() {
        let report = validate(&template, &Roles::built_in()).into_result();
        assert_eq!(report, Ok(Vec::new()), "{}", shipped.id);
    }
}

#[test]
fn every_template_makes_a_plan_that_hangs_together() {
    for (shipped, template) in all().filter(|(shipped, _)| shipped.shelf != Shelf::All) {
        let values: Map<String, Value> = template
            .parameters
            .iter()
            .map(|(name, parameter)| match parameter.kind {
                ParameterType::Boolean => (name.clone(), true.into()),
                _ => (name.clone(), example(parameter)),
            })
            .collect();
        for (_, parameter) in template.parameters.iter().filter(|(_, parameter)| parameter.is_required()) {
            assert!(parameter.example.is_some(), "{}: what is required has an example", shipped.id);
            assert!(parameter.description.is_some(), "{}: what is required is described", shipped.id);
        }
        let instance = fill_in(&template, &values).unwrap_or_else(|failure| panic!("{}: {failure}", shipped.id));
        assert_eq!(instance.parts.len(), template.tasks.len(), "{}: everything is in it", shipped.id);
        let needed: HashSet<_> = instance.parts.iter().flat_map(|part| &part.dependencies).collect();
        for part in &instance.parts {
            assert!(
                !part.dependencies.is_empty() || needed.contains(&part.key),
                "{}: {} is alone",
                shipped.id,
                part.key
            );
            assert!(part.effort.is_some(), "{}: {} has no effort", shipped.id, part.key);
        }
    }
}

#[test]
fn the_library_is_in_order_and_has_every_shelf() {
    let ids: Vec<_> = DEFAULTS.iter().map(|shipped| shipped.id).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    for shelf in Shelf::ALL.iter().filter(|shelf| **shelf != Shelf::All) {
        assert!(DEFAULTS.iter().any(|shipped| shipped.shelf == *shelf), "{shelf}");
    }
    for (shipped, template) in all().filter(|(shipped, _)| shipped.shelf != Shelf::All) {
        assert_eq!(template.metadata.category.as_deref(), Some(shipped.shelf.as_str()), "{}", shipped.id);
    }
}

#[test]
fn the_example_in_the_readme_is_right() {
    let readme = include_str!("../../../templates/README.md");
    let (_, rest) = readme.split_once("```json5\n").expect("an example");
    let (content, _) = rest.split_once("```").expect("its end");
    let template = parse(content).expect("JSON5").alone();
    assert_eq!(validate(&template, &Roles::built_in()).into_result(), Ok(Vec::new()));
}
