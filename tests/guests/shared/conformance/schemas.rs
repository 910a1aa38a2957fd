//! Tools whose schemas are what matters.

use std::borrow::Cow;

use mainstay_plugin::prelude::*;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::{Conformance, Told, text};
use crate::Nothing;

/// Arguments whose schema uses the whole language of schemas.
#[derive(Deserialize)]
struct Everything {
    name: Option<String>,
}

impl JsonSchema for Everything {
    fn schema_name() -> Cow<'static, str> {
        "Everything".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "$defs": {
                "address": {
                    "$anchor": "addressDef",
                    "type": "object",
                    "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
                },
            },
            "properties": {
                "name": { "type": "string" },
                "address": { "$ref": "#/$defs/address" },
                "contactMethod": { "type": "string", "enum": ["phone", "email"] },
                "phone": { "type": "string" },
                "email": { "type": "string" },
            },
            "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
            "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
            "then": { "required": ["phone"] },
            "else": { "required": ["email"] },
            "additionalProperties": false,
        })
    }
}

/// An argument that clients repeat in a header.
#[derive(Deserialize, JsonSchema)]
struct Header {
    /// Any text.
    #[schemars(extend("x-mcp-header" = "Value"))]
    value: String,
}

pub(super) fn tools() -> Vec<Tool<Conformance>> {
    vec![
        Tool::new("json_schema_2020_12_tool", "Has a schema with everything.", everything).read_only(),
        Tool::new("test_custom_header", "Has an argument that is a header too.", header).read_only(),
        Tool::new("test_missing_capability", "Is for clients that have a model.", |_, _, _: Nothing| {
            Ok(text("The client has a model."))
        })
        .read_only()
        .requires(&serde_json::json!({ "sampling": {} })),
    ]
}

fn everything(_: &mut Conformance, _: &Context<'_>, args: Everything) -> Told {
    Ok(text(format!("Hello, {}!", args.name.as_deref().unwrap_or("world"))))
}

fn header(_: &mut Conformance, _: &Context<'_>, args: Header) -> Told {
    Ok(text(args.value))
}
