use mainstay_plugin::{Plugin, ResourceBody, ResourceError};
use serde_json::json;

use crate::testing::{Host, complete, done, host, shop};

fn read(host: &mut Host, id: &str) -> Result<String, ResourceError> {
    let uri = format!("orchestrator://tasks/{id}");
    let mut contents = host.read(|plugin, cx| plugin.read_resource(cx, &uri))?;
    let ResourceBody::Text(text) = contents.pop().expect("something").body else { panic!("not text") };
    Ok(text)
}

#[test]
fn a_task_is_a_page_with_all_that_is_known() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    done(&mut host, "execute_task", json!({"task_id": "build"}));
    let connection = host.host().connection();
    connection
        .execute("INSERT INTO attribute SELECT seq, 'owner', 'string', 'Ada', 1 FROM task WHERE id = 'build'", [])
        .expect("an attribute");
    let page = read(&mut host, "build").expect("it is there");
    for expected in [
        "# Title of build\n\n- Task: `build`, active\n",
        "- Part of: `shop`",
        "Description of build",
        "- owner: Ada",
        "## Waits for\n\n- `design` (completion, completed): Title of design",
        "## Holds up\n\n- `check` (tester, pending): Title of check",
        "status_changed pending -> active (test)",
    ] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    let page = read(&mut host, "shop").expect("it is there");
    assert!(page.contains("- Progress: 1 of 3 parts finished") && page.contains("## Parts"), "{page}");
    let page = read(&mut host, "design").expect("it is there");
    assert!(page.contains("Summary of design") && page.contains("orchestrator://artifacts/artifact_"), "{page}");
}

#[test]
fn tasks_of_other_workspaces_are_not_there() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    for id in ["shop", "unknown", ""] {
        assert!(matches!(read(&mut host, id), Err(ResourceError::NotFound)), "{id}");
    }
}
