use serde_json::json;

use super::typed;
use crate::words::AttributeType;

#[test]
fn a_value_has_the_type_it_looks_like() {
    let cases = [
        (json!("text"), AttributeType::Text, "text"),
        (json!(""), AttributeType::Text, ""),
        (json!(1.5), AttributeType::Number, "1.5"),
        (json!(false), AttributeType::Boolean, "false"),
        (json!("2026-01-31T12:00:00Z"), AttributeType::Date, "2026-01-31T12:00:00Z"),
        (json!("orchestrator://artifacts/a"), AttributeType::Reference, "orchestrator://artifacts/a"),
        (
            json!({"type": "number", "value": 1, "unit": "m"}),
            AttributeType::Json,
            r#"{"type":"number","unit":"m","value":1}"#,
        ),
        (json!({"type": "json", "value": "x"}), AttributeType::Json, "\"x\""),
        (json!({"type": "number", "value": "2"}), AttributeType::Number, "2"),
    ];
    for (value, kind, text) in cases {
        assert_eq!(typed(&value), Ok((kind, text.to_owned())), "{value}");
    }
}

#[test]
fn a_value_of_another_type_than_said_is_refused() {
    for (kind, value) in
        [("date", json!("soon")), ("boolean", json!(1)), ("string", json!(1)), ("reference", json!(" "))]
    {
        assert!(typed(&json!({"type": kind, "value": value})).is_err(), "{kind}");
    }
}
