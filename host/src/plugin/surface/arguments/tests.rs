use serde_json::{Value, json};

use super::unknown;

fn said(schema: &Value, arguments: &Value) -> String {
    unknown(schema, arguments, 2).join("\n")
}

#[test]
fn a_slip_is_told_with_the_name_that_was_meant() {
    let schema = json!({ "properties": { "dependencies": {}, "title": {} } });
    assert_eq!(said(&schema, &json!({ "title": 1 })), "");
    let line = "/dependancies: is no argument of this tool; did you mean dependencies? it takes dependencies, title";
    assert_eq!(said(&schema, &json!({ "dependancies": [] })), line);
    let line = "/colour: is no argument of this tool; it takes dependencies, title";
    assert_eq!(said(&schema, &json!({ "colour": "red" })), line);
    assert_eq!(said(&schema, &json!({ "colour": null })), "", "it is not given");
}

#[test]
fn of_many_slips_some_are_told() {
    let arguments: serde_json::Map<_, _> = (0..9).map(|number| (format!("x{number}"), json!(1))).collect();
    assert_eq!(said(&json!({ "properties": { "title": {} } }), &arguments.into()).lines().count(), 2);
}

#[test]
fn a_schema_that_speaks_of_other_names_is_left_to_itself() {
    for keyword in super::SPEAK_OF_OTHERS {
        let mut schema = json!({ "properties": { "title": {} } });
        schema[keyword] = json!(true);
        assert_eq!(said(&schema, &json!({ "colour": "red" })), "", "{keyword}");
    }
}

#[test]
fn a_tool_that_takes_nothing_takes_what_clients_have_to_send() {
    assert_eq!(said(&json!({ "properties": {} }), &json!({ "random_string": "" })), "");
    assert_eq!(said(&json!({}), &json!({ "random_string": "" })), "");
}
