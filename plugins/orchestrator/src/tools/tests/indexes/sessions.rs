use serde_json::json;

use super::arguments;
use crate::testing::Recorder;
use crate::tools::initialize;
use crate::tools::sessions::{cleanup, list, resume, status};

/// Sessions of every kind, and roles from a file that comes and goes.
pub(super) fn exercise(host: &Recorder) {
    let cx = &host.context();
    host.host().write_file("/w/x_roles.yaml", "scout: {role_definition: x}");
    drop(initialize::run(cx, &arguments(json!({})), &[]));
    host.host().remove_file("/w/x_roles.yaml");
    drop(initialize::run(cx, &arguments(json!({})), &[]));
    drop(initialize::run(cx, &arguments(json!({"working_directory": "/empty"})), &[]));
    drop(list::run(cx, &arguments(json!({}))));
    drop(list::run(cx, &arguments(json!({"include_completed": true, "cursor": "f-f"}))));
    drop(status::run(cx, &arguments(json!({}))));
    drop(status::run(cx, &arguments(json!({"session_id": "session_0"}))));
    drop(cleanup::run(cx, &arguments(json!({"cleanup_type": "all", "dry_run": false}))));
    let id: String = host
        .host()
        .connection()
        .query_row("SELECT id FROM session ORDER BY seq LIMIT 1", [], |row| row.get(0))
        .expect("a session");
    resume::run(cx, &arguments(json!({ "session_id": id }))).expect("it is there");
    host.host().advance(30 * 24 * 60 * 60 * 1000);
    drop(initialize::run(cx, &arguments(json!({"working_directory": "/empty"})), &[]));
    drop(cleanup::run(cx, &arguments(json!({"cleanup_type": "old", "dry_run": false}))));
    drop(initialize::run(cx, &arguments(json!({"working_directory": "/w"})), &[]));
}
