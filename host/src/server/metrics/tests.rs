use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::{Kind, Outcome};
use crate::server::http::operation::tests::shared;

/// What Prometheus computes of a family besides its own name.
const SUFFIXES: [&str; 5] = ["_total", "_bucket", "_sum", "_count", ""];

/// The families of a page, and the labels that each one's lines have, as they are written.
async fn families() -> BTreeMap<String, String> {
    let dir = tempfile::tempdir().unwrap();
    let shared = shared(&dir, &[]);
    shared.metrics.calls.of("insert", || Some(Kind::Writes)).over(Outcome::Ok, Duration::from_millis(3));
    shared.metrics.requests.answered("/mcp", 200);
    let page = shared.metrics_page().await;
    assert!(page.contains("mainstay_calls_total{tool=\"insert\",kind=\"write\",outcome=\"ok\"} 1\n"), "{page}");
    assert!(page.contains("mainstay_call_seconds_bucket{le=\"0.005\",tool=\"insert\",kind=\"write\"} 1\n"), "{page}");
    assert!(page.contains("mainstay_swaps_total{slot=\"guest\",outcome=\"refused\"} 0\n"), "{page}");
    let types = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let lines = |family: &str| {
        let own = page.lines().filter(|line| {
            let name = line.split(['{', ' ']).next().unwrap_or_default();
            SUFFIXES.iter().any(|suffix| name == format!("{family}{suffix}"))
        });
        own.collect::<Vec<_>>().join("\n")
    };
    types.map(|family| (family.to_owned(), lines(family))).collect()
}

/// Each `mainstay_…{…}` of a text, with what is in its braces.
fn selectors(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("mainstay_") {
        let before = text[..at].chars().next_back().unwrap_or(' ');
        if before.is_alphanumeric() || before == '_' {
            continue;
        }
        let rest = &text[at..];
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_').unwrap_or(rest.len());
        let braces = rest[end..].strip_prefix('{').and_then(|inside| inside.split('}').next()).unwrap_or_default();
        found.push((rest[..end].to_owned(), braces.to_owned()));
    }
    found
}

#[tokio::test]
async fn whatever_the_examples_ask_for_is_on_the_page() {
    let families = families().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/operation");
    for file in ["dashboard.json", "alerts.yml"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let text = text.replace("\\\"", "\"");
        let selectors = selectors(&text);
        assert!(selectors.len() > 10, "{file} asks for something");
        for (name, labels) in selectors {
            let family = SUFFIXES.iter().find_map(|suffix| families.get(name.strip_suffix(suffix)?));
            let lines = family.unwrap_or_else(|| panic!("{file} asks for {name}, which is not on the page"));
            // Values that are the same everywhere; a family that has nothing to say here has no lines.
            let literal = |label: &&str| label.contains("=\"") && !label.contains('$') && !lines.is_empty();
            for label in labels.split(',').map(str::trim).filter(literal) {
                assert!(lines.contains(&label.replace("!=", "=")), "{file}: {name} has no {label} on the page");
            }
        }
    }
}

#[test]
fn the_dashboard_is_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/operation/dashboard.json");
    let dashboard: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut ids: Vec<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), panels.len(), "each panel has an id of its own");
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        assert!(panel["title"].as_str().is_some_and(|title| !title.is_empty()), "{panel}");
        assert!(panel["targets"].as_array().is_some_and(|targets| !targets.is_empty()), "{panel}");
        let place = &panel["gridPos"];
        assert!(place["x"].as_u64().unwrap() + place["w"].as_u64().unwrap() <= 24, "{panel}");
    }
}
