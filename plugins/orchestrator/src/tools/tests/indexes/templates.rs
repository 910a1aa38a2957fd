use serde_json::json;

use crate::testing::Recorder;

/// Everything that has to do with templates.
pub(super) fn exercise(host: &mut Recorder) {
    let content = "{metadata: {name: 'x'}, extends: 'bug_fix'}";
    for _ in 0..2 {
        host.done("template_create", json!({"template_id": "t", "template_content": content, "overwrite": true}));
    }
    host.done("template_install_default_library", json!({}));
    host.done("template_install_examples", json!({}));
    host.done("template_validate", json!({ "template_content": content }));
    host.done("template_list", json!({}));
    host.done("template_get_installation_status", json!({}));
    host.done("template_validate_all", json!({}));
    let instantiate = |id: &str| {
        let parameters = json!({"bug": "bug", "observed": "o"});
        json!({"template_id": id, "parameters": parameters, "create_tasks": true})
    };
    for id in ["t", "bug_fix"] {
        host.done("template_load", json!({ "template_id": id }));
        host.done("template_info", json!({ "template_id": id }));
        host.done("template_instantiate", instantiate(id));
    }
    for tool in ["template_load", "template_info"] {
        host.refused(tool, json!({ "template_id": "unknown" }), "unknown-template");
    }
    host.refused("template_instantiate", instantiate("unknown"), "unknown-template");
    host.done("template_delete", json!({ "template_id": "t" }));
    host.done("template_uninstall", json!({ "template_id": "bug_fix", "category": "builtin" }));
}
