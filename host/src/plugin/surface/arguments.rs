//! What clients give beside what a schema says: `null` for what is not given, and names that are none.

use serde_json::Value;

/// Characters of a name that are looked at.
const SHOWN: usize = 64;

/// Names are alike from here on: a slip of the finger, not another word.
const ALIKE: f64 = 0.85;

/// Schemas with one of these speak of names that `properties` does not have.
const SPEAK_OF_OTHERS: [&str; 14] = [
    "additionalProperties",
    "patternProperties",
    "unevaluatedProperties",
    "propertyNames",
    "$ref",
    "$dynamicRef",
    "dependentSchemas",
    "dependencies",
    "if",
    "then",
    "else",
    "allOf",
    "anyOf",
    "oneOf",
];

/// Follows the schema as far as it spells out properties and items; what is below that is the plugin's.
pub(super) fn drop_nulls(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(object) => {
            let required =
                |name: &str| schema["required"].as_array().is_some_and(|r| r.iter().any(|n| n.as_str() == Some(name)));
            let properties = &schema["properties"];
            object.retain(|name, value| !value.is_null() || required(name) || takes_null(properties.get(name)));
            object.iter_mut().for_each(|(name, value)| drop_nulls(&properties[name.as_str()], value));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| drop_nulls(&schema["items"], item)),
        _ => {}
    }
}

/// Only asked where a `null` is. A property nobody described takes anything.
fn takes_null(schema: Option<&Value>) -> bool {
    schema.is_none_or(|schema| jsonschema::validator_for(schema).is_ok_and(|schema| schema.is_valid(&Value::Null)))
}

/// A line for each of at most `most` arguments that the schema does not name. Otherwise a slip would pass for something
/// that was left out, and be done without it. A tool that takes nothing takes anything: some clients have to send
/// something.
pub(super) fn unknown(schema: &Value, arguments: &Value, most: usize) -> Vec<String> {
    let (Some(properties), Some(arguments)) = (schema["properties"].as_object(), arguments.as_object()) else {
        return Vec::new();
    };
    if properties.is_empty() || SPEAK_OF_OTHERS.iter().any(|keyword| schema.get(keyword).is_some()) {
        return Vec::new();
    }
    let unknown = arguments.iter().filter(|(name, value)| !value.is_null() && !properties.contains_key(*name));
    let known: Vec<_> = properties.keys().map(String::as_str).collect();
    unknown.take(most).map(|(name, _)| line(name, &known)).collect()
}

fn line(name: &str, known: &[&str]) -> String {
    let name: String = name.chars().take(SHOWN).collect();
    let alike = known.iter().map(|known| (strsim::jaro_winkler(&name, known), known));
    let nearest = alike.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness > ALIKE);
    let hint = nearest.map(|(_, nearest)| format!("did you mean {nearest}? ")).unwrap_or_default();
    format!("/{name}: is no argument of this tool; {hint}it takes {}", known.join(", "))
}

#[cfg(test)]
mod tests;
