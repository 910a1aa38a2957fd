use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DIFF_BYTES, Drift, DriftKind, Policy};
use crate::model::surface::{ToolText, arrange, surface_text};

fn tool(name: &str) -> ToolText {
    changed(name, "title", json!(name))
}

/// A tool with all fields, one of them another.
fn changed(name: &str, field: &str, value: Value) -> ToolText {
    let mut tool = json!({
        "name": name,
        "title": name,
        "description": "does it",
        "inputSchema": { "type": "object", "properties": { "a": { "type": "integer" } }, "required": ["a"] },
        "outputSchema": { "type": "object" },
        "annotations": { "readOnlyHint": true },
        "icons": [{ "src": "data:," }],
        "_meta": { "order": ["b", "a"] },
    });
    tool[field] = value;
    ToolText::new(name, &tool)
}

fn kind(published: &[ToolText], offered: &[ToolText]) -> DriftKind {
    Drift::between(published, offered).kind
}

proptest! {
    #[test]
    fn another_order_is_identical(tools in Just(vec![tool("a"), tool("b"), tool("c"), tool("d")]).prop_shuffle()) {
        let published = [tool("c"), tool("a"), tool("d"), tool("b")];
        let drift = Drift::between(&published, &tools);
        prop_assert_eq!(drift.kind, DriftKind::Identical);
        prop_assert_eq!(drift.summary(), "identical");
        prop_assert_eq!(drift.diff, "");
    }

    #[test]
    fn what_was_published_is_identical_from_then_on(
        published in proptest::sample::subsequence(vec!["a", "b", "c", "d"], 0..=4),
        offered in proptest::sample::subsequence(vec!["a", "b", "c", "d"], 0..=4).prop_shuffle(),
        edited in proptest::sample::select(vec!["a", "b", "c", "d"]),
    ) {
        let published: Vec<_> = published.into_iter().map(tool).collect();
        let version = |name| if name == edited { changed(name, "title", json!("other")) } else { tool(name) };
        let offered: Vec<_> = offered.into_iter().map(version).collect();
        let drift = Drift::between(&published, &offered);
        let list = arrange(&published, &offered);
        prop_assert_eq!(kind(&list, &offered), DriftKind::Identical);
        // The bytes stay as they are exactly if the kind says so.
        prop_assert_eq!(drift.kind == DriftKind::Identical, surface_text(&list) == surface_text(&published));
        // Appending changes nothing before the new ones.
        prop_assert_eq!(drift.kind <= DriftKind::Append, list.starts_with(&published));
        prop_assert_eq!(drift.diff.is_empty(), drift.kind == DriftKind::Identical);
    }
}

#[test]
fn every_field_counts() {
    let fields = ["title", "description", "inputSchema", "outputSchema", "annotations", "icons", "_meta"];
    for field in fields {
        let drift = Drift::between(&[tool("a")], &[changed("a", field, json!({ "other": 1 }))]);
        assert_eq!(drift.kind, DriftKind::Edit, "{field}");
        assert_eq!(drift.edited, ["a"]);
        assert!(drift.diff.contains("other"), "{}", drift.diff);
    }
}

#[test]
fn sets_in_another_order_are_identical_and_lists_are_not() {
    let with = |schema: Value| [changed("a", "inputSchema", schema)];
    let required = |names: [&str; 2]| with(json!({ "required": names }));
    assert_eq!(kind(&required(["a", "b"]), &required(["b", "a"])), DriftKind::Identical);
    let choices = |names: [&str; 2]| with(json!({ "properties": { "a": { "enum": names } } }));
    assert_eq!(kind(&choices(["a", "b"]), &choices(["b", "a"])), DriftKind::Edit);
}

#[test]
fn the_gravest_change_gives_the_kind() {
    let published = [tool("b"), tool("a")];
    let edited = changed("a", "title", json!("x"));
    assert_eq!(kind(&published, &[tool("b"), tool("a"), tool("c")]), DriftKind::Append);
    assert_eq!(kind(&published, &[tool("b"), edited.clone(), tool("c")]), DriftKind::Edit);
    let drift = Drift::between(&published, &[edited, tool("d"), tool("c")]);
    assert_eq!(drift.kind, DriftKind::Remove);
    assert_eq!(drift.summary(), "+c +d -b ~a");
    let warning = "the tool surface changed: +c +d -b ~a; clients that cache prompts read 1 KB again";
    assert_eq!(drift.warning(), warning);
    assert_eq!(kind(&[], &[]), DriftKind::Identical);
    assert_eq!(kind(&[], &[tool("a")]), DriftKind::Append);
}

#[test]
fn a_policy_allows_what_it_says() {
    let drift = |offered: &[ToolText]| Drift::between(&[tool("a")], offered);
    let drifts =
        [drift(&[tool("a")]), drift(&[tool("a"), tool("b")]), drift(&[changed("a", "title", json!("x"))]), drift(&[])];
    let allowed = |policy: Policy| drifts.iter().filter(|drift| policy.allows(drift)).count();
    assert_eq!([Policy::Strict, Policy::Append, Policy::Force].map(allowed), [1, 2, 4]);
    assert_eq!(Policy::default(), Policy::Strict);
    for policy in [Policy::Strict, Policy::Append, Policy::Force] {
        assert_eq!(policy.to_string().parse::<Policy>().unwrap(), policy);
        assert_eq!(serde_json::to_value(policy).unwrap(), json!(policy.to_string()));
    }
    assert!("forced".parse::<Policy>().is_err());
}

#[test]
fn a_diff_shows_the_lines_that_differ() {
    let drift = Drift::between(&[tool("a"), tool("b")], &[changed("a", "title", json!("other")), tool("c")]);
    let expected = "--- published/a\n+++ offered/a\n";
    assert!(drift.diff.starts_with(expected), "{}", drift.diff);
    for line in [
        "-  \"title\": \"a\"\n",
        "+  \"title\": \"other\"\n",
        "--- published/b\n+++ /dev/null\n",
        "--- /dev/null\n+++ offered/c\n",
    ] {
        assert!(drift.diff.contains(line), "{line}: {}", drift.diff);
    }
}

#[test]
fn a_diff_is_bounded_and_says_so() {
    let lines: Vec<String> = (0..2_000).map(|number| format!("\u{1F6A2} {number}")).collect();
    for value in [json!(lines), json!("\u{1F6A2}".repeat(10_000))] {
        let drift = Drift::between(&[tool("a")], &[changed("a", "description", value), tool("b")]);
        assert!(drift.diff.len() < DIFF_BYTES + 100, "{}", drift.diff.len());
        assert!(drift.diff.ends_with("is cut)\n"), "{}", drift.diff);
        assert_eq!(drift.added, ["b"]);
    }
}

#[test]
fn it_survives_json() {
    let drift = Drift::between(&[tool("a")], &[tool("b")]);
    let json = serde_json::to_value(&drift).unwrap();
    assert_eq!(json["kind"], "remove");
    assert_eq!(serde_json::from_value::<Drift>(json).unwrap(), drift);
}
