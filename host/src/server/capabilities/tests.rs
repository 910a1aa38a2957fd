use serde_json::json;

use super::*;

#[test]
fn what_is_wanted_has_to_be_there() {
    let has = json!({ "sampling": {}, "elicitation": { "form": {} } });
    assert!(covers(&has, &json!({ "sampling": {} })));
    assert!(covers(&has, &json!({ "elicitation": { "form": {} } })));
    assert!(!covers(&has, &json!({ "elicitation": { "url": {} } })));
    assert!(!covers(&json!({ "roots": null }), &json!({ "roots": {} })));
    assert!(!covers(&Value::Null, &json!({ "roots": {} })));
}
