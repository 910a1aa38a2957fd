use serde_json::{Value, json};

use super::contract::{lifecycle, tools};
use super::{ContractError, Outline, Surface, SurfaceError, outline};

fn description() -> lifecycle::Description {
    lifecycle::Description { name: "p".to_owned(), version: "1.0.0".to_owned(), ..Surface::unknown().description }
}

fn tool(name: &str, schema: &Value) -> tools::Tool {
    tools::Tool {
        name: name.to_owned(),
        title: None,
        description: None,
        input_schema: schema.to_string(),
        output_schema: None,
        annotations: tools::ToolAnnotations { read_only: false, destructive: None, idempotent: None, open_world: None },
        icons: None,
        meta: None,
    }
}

fn surface(tools: Vec<tools::Tool>) -> Result<Surface, SurfaceError> {
    Surface::new(description(), tools, Vec::new(), &Outline::default())
}

fn check(schema: &Value, arguments: Value) -> Result<Value, Vec<String>> {
    let Ok(surface) = surface(vec![tool("t", schema)]) else { panic!("the surface is in order") };
    let Value::Object(mut arguments) = arguments else { panic!("arguments are an object") };
    surface.tools[0].check_arguments(&mut arguments).map(|()| Value::Object(arguments))
}

#[test]
fn a_file_that_is_no_plugin_is_told_apart() {
    assert_eq!(outline(b"# a text"), Err(ContractError::NotWasm));
    assert_eq!(outline(b"\0asm\x01\0\0\0"), Err(ContractError::CoreModule));
    assert!(
        matches!(outline(b"\0asm\x0d\0\x01\0"), Err(ContractError::MissingExport { missing }) if missing.contains("lifecycle"))
    );
    assert!(matches!(outline(b"\0asm\x0d\0\x01\0\x99\x99"), Err(ContractError::Damaged(_))));
}

#[test]
fn the_embedded_orchestrator_fits_the_contract() {
    let outline = outline(crate::app::ORCHESTRATOR).unwrap();
    for interface in ["lifecycle", "tools", "resources", "prompts", "completion"] {
        assert!(outline.exports_interface(interface), "{interface}");
    }
}

#[test]
fn arguments_that_do_not_fit_are_named() {
    let schema = json!({
        "type": "object",
        "properties": { "title": { "type": "string", "maxLength": 5 }, "count": { "type": "integer" } },
        "required": ["title"],
    });
    assert!(check(&schema, json!({ "title": "short" })).is_ok());
    let problems = check(&schema, json!({ "title": "much too long", "count": "three" })).unwrap_err().join("\n");
    assert!(problems.contains("/title") && problems.contains("/count"), "{problems}");
    let problems = check(&schema, json!({})).unwrap_err().join("\n");
    assert!(problems.contains("title"), "{problems}");
}

#[test]
fn a_null_for_an_optional_argument_counts_as_absent() {
    let schema = json!({ "type": "object", "properties": { "note": { "type": "string" } } });
    assert_eq!(check(&schema, json!({ "note": null })).unwrap(), json!({}));
    let required = json!({ "type": "object", "properties": { "note": { "type": "string" } }, "required": ["note"] });
    assert!(check(&required, json!({ "note": null })).is_err());
}

#[test]
fn a_surface_that_is_not_in_order_is_refused() {
    let object = json!({ "type": "object" });
    let names = |problem: SurfaceError| problem.to_string();
    assert!(names(surface(vec![tool("has space", &object)]).unwrap_err()).contains("has space"));
    assert!(names(surface(vec![tool("a", &object), tool("a", &object)]).unwrap_err()).contains("two tools"));
    assert!(names(surface(vec![tool("a", &json!({ "type": "string" }))]).unwrap_err()).contains("input schema"));
    let mut description = description();
    description.version = "one".to_owned();
    let refused = Surface::new(description, Vec::new(), Vec::new(), &Outline::default()).unwrap_err();
    assert!(names(refused).contains("semantic version"));
}
