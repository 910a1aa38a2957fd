use mainstay_plugin::{Plugin, ResourceBody, ResourceError};
use serde_json::json;

use crate::testing::{Host, complete, done, host, shop, subtask};

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

#[test]
fn long_lists_are_cut_with_a_word_on_the_rest() {
    let mut host = host();
    let mut parts: Vec<_> = (0..50).map(|i| subtask(&format!("w{i:02}"), "coder", &["first"])).collect();
    parts[0]["dependencies"] = json!([]);
    parts.push(subtask("first", "coder", &[]));
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    let ids: Vec<_> = (0..50).map(|i| format!("w{i:02}")).collect();
    let last = json!({"task_id": "last", "title": "t", "description": "d", "dependencies": ids});
    done(&mut host, "plan_task", last);
    let write = |i: usize| json!({"action": "write", "task_id": "last", "name": format!("n{i}"), "content": "c"});
    (0..20).for_each(|i| drop(done(&mut host, "artifacts", write(i))));
    assert!(!read(&mut host, "first").expect("it is there").contains("and more"));
    // What is written is an event too.
    assert_eq!(read(&mut host, "last").expect("it is there").matches("- and more").count(), 1);
    assert!(read(&mut host, "p").expect("it is there").contains("- and 1 more\n"));
    done(&mut host, "artifacts", write(20));
    for i in 50..52 {
        let more = json!({"task_id": format!("w{i}"), "title": "t", "description": "d", "dependencies": ["first"]});
        done(&mut host, "plan_task", more);
    }
    done(&mut host, "update_task", json!({"task_id": "last", "add_dependencies": ["w50"]}));
    let page = read(&mut host, "first").expect("it is there");
    assert!(
        page.contains("- `w50`") && !page.contains("- `w51`") && page.contains("- and more; 50 are shown\n"),
        "{page}"
    );
    let page = read(&mut host, "last").expect("it is there");
    for (note, count) in [("- and more; 50 are shown\n", 1), ("- and more; 20 are shown\n", 2)] {
        assert_eq!(page.matches(note).count(), count, "{page}");
    }
}
