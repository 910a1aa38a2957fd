use serde_json::json;

use crate::testing::Recorder;

/// Sessions of every kind, and roles from a file that comes and goes.
pub(super) fn exercise(host: &mut Recorder) {
    let here = "/home/user/project";
    let roles = format!("{here}/x_roles.yaml");
    host.host().host().write_file(&roles, "scout: {role_definition: x}");
    host.done("initialize_session", json!({}));
    host.host().host().remove_file(&roles);
    host.done("initialize_session", json!({}));
    host.done("initialize_session", json!({"working_directory": "/empty"}));
    host.done("list_sessions", json!({}));
    host.done("list_sessions", json!({"include_completed": true, "cursor": "f-f"}));
    host.done("session_status", json!({}));
    host.refused("session_status", json!({"session_id": "session_0"}), "unknown-session");
    host.done("cleanup_sessions", json!({"cleanup_type": "all", "dry_run": false}));
    let first = "SELECT id FROM session ORDER BY seq LIMIT 1";
    let id: String = host.host().host().connection().query_row(first, [], |row| row.get(0)).expect("a session");
    host.done("resume_session", json!({ "session_id": id }));
    host.host().host().advance(30 * 24 * 60 * 60 * 1000);
    host.done("initialize_session", json!({"working_directory": "/empty"}));
    host.done("cleanup_sessions", json!({"cleanup_type": "old", "dry_run": false}));
    host.done("initialize_session", json!({ "working_directory": here }));
}
