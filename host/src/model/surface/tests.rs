use serde_json::{Value, json};

use super::{SurfaceId, ToolText, arrange, canonical, surface_text};

fn tool(name: &str, description: &str) -> ToolText {
    ToolText::new(name, &json!({ "name": name, "description": description }))
}

fn names(tools: &[ToolText]) -> Vec<&str> {
    tools.iter().map(|tool| tool.name.as_str()).collect()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_order_of_keys_and_the_way_numbers_are_written_do_not_matter() {
    let one = parsed(r#"{"name":"a","inputSchema":{"type":"object","maximum":10.0,"minimum":1e0}}"#);
    let other = parsed(r#"{ "inputSchema": {"minimum": 1, "maximum": 10, "type": "object"}, "name": "a" }"#);
    assert_eq!(canonical(&one), canonical(&other));
    assert_eq!(canonical(&one), r#"{"inputSchema":{"maximum":10,"minimum":1,"type":"object"},"name":"a"}"#);
}

#[test]
fn sets_are_sorted_at_any_depth() {
    let schema =
        json!({ "properties": { "a": { "anyOf": [{ "type": ["string", "null"], "required": ["z", "b"] }] } } });
    let sorted = r#"{"properties":{"a":{"anyOf":[{"required":["b","z"],"type":["null","string"]}]}}}"#;
    assert_eq!(canonical(&schema), sorted);
}

#[test]
fn lists_keep_an_order_that_has_a_meaning() {
    for key in ["enum", "oneOf", "anyOf", "allOf", "prefixItems", "examples"] {
        let (one, other) = (json!({ key: ["b", "a"] }), json!({ key: ["a", "b"] }));
        assert_ne!(canonical(&one), canonical(&other), "{key}");
    }
}

#[test]
fn data_that_looks_like_a_schema_is_left_as_it_is() {
    for key in ["default", "const", "examples", "_meta"] {
        let data = json!({ key: { "required": ["b", "a"] } });
        assert!(canonical(&data).contains(r#"["b","a"]"#), "{key}");
    }
}

#[test]
fn a_property_may_have_the_name_of_a_keyword() {
    let schema =
        json!({ "properties": { "default": { "type": ["string", "null"] }, "required": { "enum": ["b", "a"] } } });
    let text = canonical(&schema);
    assert!(text.contains(r#"["null","string"]"#) && text.contains(r#"["b","a"]"#), "{text}");
}

#[test]
fn published_tools_keep_their_place_and_new_ones_follow_by_name() {
    let published = [tool("c", "1"), tool("a", "1"), tool("b", "1")];
    let offered = [tool("y", "1"), tool("b", "2"), tool("c", "1"), tool("x", "1")];
    let list = arrange(&published, &offered);
    assert_eq!(names(&list), ["c", "b", "x", "y"]);
    assert_eq!(list[1], tool("b", "2"));
    assert_eq!(arrange(&list, &offered), list);
}

#[test]
fn the_id_is_of_the_bytes_that_are_sent() {
    let tools = [tool("a", "1"), tool("b", "1")];
    let text = surface_text(&tools);
    assert_eq!(text, canonical(&parsed(&text)));
    assert_eq!(SurfaceId::of(&tools).to_string(), crate::model::Digest::of(text.as_bytes()).to_string());
    assert_ne!(SurfaceId::of(&tools), SurfaceId::of(&[tool("b", "1"), tool("a", "1")]));
    assert_eq!(surface_text(&[]), "[]");
}

#[test]
fn it_survives_json() {
    let tool = tool("a", "\u{1F6A2} \"quoted\"");
    let text = serde_json::to_string(&tool).unwrap();
    assert_eq!(serde_json::from_str::<ToolText>(&text).unwrap(), tool);
    let id = SurfaceId::of(&[tool]);
    assert_eq!(serde_json::to_value(id).unwrap(), json!(id.to_string()));
}
