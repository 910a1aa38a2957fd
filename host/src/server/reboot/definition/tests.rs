use serde_json::Value;

use super::{TEXTS, definitions};
use crate::model::restart::HOST_TOOLS;

/// What the reference says of a tool: of its arguments, and of its answers.
const REFERENCE: [(&str, &str, &str); 5] = [
    (
        "orchestrator_restart_server",
        include_str!("../reference/restart_server.input.json"),
        include_str!("../reference/restart_server.output.json"),
    ),
    (
        "orchestrator_health_check",
        include_str!("../reference/health_check.input.json"),
        include_str!("../reference/health_check.output.json"),
    ),
    (
        "orchestrator_shutdown_prepare",
        include_str!("../reference/shutdown_prepare.input.json"),
        include_str!("../reference/shutdown_prepare.output.json"),
    ),
    (
        "orchestrator_restart_status",
        include_str!("../reference/restart_status.input.json"),
        include_str!("../reference/restart_status.output.json"),
    ),
    (
        "orchestrator_reconnect_test",
        include_str!("../reference/reconnect_test.input.json"),
        include_str!("../reference/reconnect_test.output.json"),
    ),
];

fn published(tool: &str) -> Value {
    let tools = TEXTS.map(|text| serde_json::from_str::<Value>(text).unwrap());
    tools.into_iter().find(|published| published["name"] == tool).unwrap()
}

/// Every field of `reference` is in `ours` and equal; of properties, ours may be more. What is said of an argument is
/// not: models are told in other words, or none where the name says it.
fn compare(reference: &Value, ours: &Value, place: &str, differences: &mut Vec<String>) {
    let Value::Object(fields) = reference else {
        if reference != ours {
            differences.push(format!("{place}: {reference} is {ours}"));
        }
        return;
    };
    let arguments = place.contains(".inputSchema.");
    for (field, expected) in fields.iter().filter(|(field, _)| !(arguments && *field == "description")) {
        let place = format!("{place}.{field}");
        match ours.get(field) {
            None => differences.push(format!("{place} is missing")),
            Some(found) => compare(expected, found, &place, differences),
        }
    }
}

#[test]
fn claim_2_2_schemas_are_those_of_the_reference() {
    let mut differences = Vec::new();
    for (tool, input, output) in REFERENCE {
        let published = published(tool);
        for (reference, ours) in [(input, "inputSchema"), (output, "outputSchema")] {
            let reference: Value = serde_json::from_str(reference).unwrap();
            compare(&reference, &published[ours], &format!("{tool}.{ours}"), &mut differences);
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn a_difference_would_be_seen() {
    let (_, input, _) = REFERENCE[0];
    let reference: Value = serde_json::from_str(input).unwrap();
    let change = |pointer: &str, to: Value| {
        let mut changed = reference.clone();
        *changed.pointer_mut(pointer).unwrap() = to;
        let mut differences = Vec::new();
        compare(&reference, &changed, "tool.inputSchema", &mut differences);
        differences.len()
    };
    assert_eq!(change("/properties/timeout/maximum", 301.into()), 1);
    assert_eq!(change("/properties/reason/enum/1", "other".into()), 1);
    assert_eq!(change("/properties/graceful/default", false.into()), 1);
    assert_eq!(change("/properties/graceful", Value::Null), 2);
    assert_eq!(change("/required", serde_json::json!(["graceful"])), 1);
}

#[test]
fn claim_2_1_and_3_23_all_are_listed_in_an_order_that_lasts() {
    let names: Vec<_> = definitions().iter().map(|definition| definition.name.as_str()).collect();
    assert_eq!(names, HOST_TOOLS);
}

#[test]
fn each_says_when_to_use_it_and_what_it_does() {
    for tool in HOST_TOOLS.map(published) {
        let name = &tool["name"];
        assert!(tool["description"].as_str().is_some_and(|text| text.len() > 100), "{name}");
        assert!(tool["title"].is_string(), "{name}");
        let read_only = tool["annotations"]["readOnlyHint"].as_bool();
        let acts = ["orchestrator_restart_server", "orchestrator_rollback"].contains(&name.as_str().unwrap());
        assert_eq!(read_only, Some(!acts), "{name}");
        assert!(tool["outputSchema"]["properties"]["attempts"].is_object(), "{name}");
    }
}

#[test]
fn models_are_spared_what_only_programs_read() {
    for definition in definitions() {
        let (tool, name) = (serde_json::to_value(&definition.tool).unwrap(), &definition.name);
        assert_eq!(tool["outputSchema"], Value::Null, "{name}");
        assert!(tool["description"].as_str().unwrap().len() <= 450, "{name}");
        assert!(tool.to_string().len() < 2_000, "{name} is {} bytes", tool.to_string().len());
        let with_answers = serde_json::to_value(&definition.with_answers).unwrap();
        assert_eq!(with_answers["outputSchema"]["type"], "object", "{name}");
    }
}
