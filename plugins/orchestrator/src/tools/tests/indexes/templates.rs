use mainstay_plugin::Context;
use serde_json::json;

use super::arguments;
use crate::tools::templates::{create, info, install, instantiate, list, load, remove, state, validate, validate_all};

/// Everything that has to do with templates.
pub(super) fn exercise(cx: &Context<'_>) {
    let content = "{metadata: {name: 'x'}, extends: 'bug_fix'}";
    let create = |id: &str| {
        drop(create::run(cx, &arguments(json!({"template_id": id, "template_content": content, "overwrite": true}))));
    };
    create("t");
    create("t");
    drop(install::install_library(cx, &arguments(json!({}))));
    drop(install::install_examples(cx, &arguments(json!({}))));
    drop(validate::run(cx, &arguments(json!({ "template_content": content }))));
    drop(list::run(cx, &arguments(json!({}))));
    drop(state::run(cx, &arguments(json!({}))));
    drop(validate_all::run(cx, &arguments(json!({}))));
    for id in ["t", "bug_fix", "unknown"] {
        drop(load::run(cx, &arguments(json!({ "template_id": id }))));
        drop(info::run(cx, &arguments(json!({ "template_id": id }))));
        let parameters = json!({"bug": "bug", "observed": "o"});
        let call = json!({"template_id": id, "parameters": parameters, "create_tasks": true});
        drop(instantiate::run(cx, &arguments(call)));
    }
    drop(remove::run(cx, &arguments(json!({ "template_id": "t" }))));
    drop(remove::run(cx, &arguments(json!({ "template_id": "bug_fix" }))));
}
