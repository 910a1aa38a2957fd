use mainstay_plugin::{ResourceBody, ResourceError, ResourceInfo};
use serde_json::json;

use mainstay_plugin::Plugin;

use crate::testing::{Host, complete, delivery, done, host, task};

fn page(host: &mut Host, cursor: Option<&str>) -> (Vec<ResourceInfo>, Option<String>) {
    let page = host.read(|plugin, cx| plugin.list_resources(cx, cursor)).expect("a page");
    (page.resources, page.next_cursor)
}

fn read(host: &mut Host, uri: &str) -> Result<String, ResourceError> {
    let mut contents = host.read(|plugin, cx| plugin.read_resource(cx, uri))?;
    let contents = contents.pop().expect("something");
    assert_eq!((contents.uri.as_str(), contents.mime_type.as_deref()), (uri, Some("text/markdown")));
    let ResourceBody::Text(text) = contents.body else { panic!("not text") };
    Ok(text)
}

#[test]
fn an_artifact_is_the_work_under_a_small_header() {
    let mut host = host();
    task(&mut host, "a");
    let mut arguments = delivery("a");
    arguments["file_paths"] = json!(["src/a.rs", "src/b.rs"]);
    arguments["artifact_type"] = json!("code");
    host.host().advance(1000);
    let uri = done(&mut host, "complete_task", arguments)["artifact_uri"].as_str().expect("a URI").to_owned();
    let text = read(&mut host, &uri).expect("it is there");
    let header = "# Title of a\n\n- Task: `a` (generic)\n- Delivered: 2026-01-01T00:00:01Z, version 1, code, next action \
        complete\n- Summary: Summary of a\n- Files: src/a.rs, src/b.rs\n\n---\n\n";
    assert_eq!(text, format!("{header}Work of a"));
}

#[test]
fn artifacts_are_listed_newest_first_a_hundred_at_a_time() {
    let mut host = host();
    for i in 0..250 {
        task(&mut host, &format!("t{i}"));
        complete(&mut host, &format!("t{i}"));
    }
    let (first, cursor) = page(&mut host, None);
    assert_eq!((first.len(), first[0].title.as_deref()), (100, Some("Title of t249")));
    host.fresh_instance();
    let (second, cursor) = page(&mut host, cursor.as_deref());
    assert_eq!((second.len(), second[0].title.as_deref()), (100, Some("Title of t149")));
    let (third, end) = page(&mut host, cursor.as_deref());
    assert_eq!((third.len(), third[49].title.as_deref(), end), (50, Some("Title of t0"), None));
}

#[test]
fn a_new_artifact_does_not_disturb_the_pages_of_old_ones() {
    let mut host = host();
    for i in 0..101 {
        task(&mut host, &format!("t{i}"));
        complete(&mut host, &format!("t{i}"));
    }
    let (_, cursor) = page(&mut host, None);
    task(&mut host, "new");
    complete(&mut host, "new");
    let (rest, _) = page(&mut host, cursor.as_deref());
    assert_eq!(rest.iter().map(|r| r.title.as_deref()).collect::<Vec<_>>(), [Some("Title of t0")]);
}

#[test]
fn another_delivery_is_another_version() {
    let mut host = host();
    task(&mut host, "a");
    let mut first = delivery("a");
    first["next_action"] = json!("needs_revision");
    done(&mut host, "complete_task", first);
    complete(&mut host, "a");
    let (resources, _) = page(&mut host, None);
    assert_eq!(resources[0].title.as_deref(), Some("Title of a, version 2"));
    assert_eq!(resources[1].title.as_deref(), Some("Title of a"));
}

#[test]
fn a_cursor_that_is_not_ours_is_refused() {
    let mut host = host();
    let error = host.read(|plugin, cx| plugin.list_resources(cx, Some("page 2"))).expect_err("no such cursor");
    assert!(matches!(error, ResourceError::InvalidCursor));
}

#[test]
fn artifacts_of_other_workspaces_are_not_there() {
    let mut host = host();
    task(&mut host, "a");
    let uri = complete(&mut host, "a")["artifact_uri"].as_str().expect("a URI").to_owned();
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    assert_eq!(page(&mut host, None).0, []);
    assert!(matches!(read(&mut host, &uri), Err(ResourceError::NotFound)));
}

#[test]
fn what_is_no_artifact_is_not_found() {
    let mut host = host();
    for uri in ["orchestrator://artifacts/", "orchestrator://artifacts/artifact_00000000", "file:///etc/passwd", ""] {
        assert!(matches!(read(&mut host, uri), Err(ResourceError::NotFound)), "{uri}");
    }
}

#[test]
fn a_caller_without_a_workspace_has_an_empty_list() {
    let mut host = host();
    host.caller_mut().working_directory = None;
    assert_eq!(page(&mut host, None), (Vec::new(), None));
}

#[test]
fn a_long_artifact_is_read_in_parts_that_name_the_next() {
    let mut host = host();
    task(&mut host, "a");
    let work = "漢字\n".repeat(400_000);
    let mut arguments = delivery("a");
    arguments["detailed_work"] = json!(work);
    let mut uri = done(&mut host, "complete_task", arguments)["artifact_uri"].as_str().expect("a URI").to_owned();
    let mut whole = String::new();
    loop {
        host.fresh_instance();
        let contents = host.read(|plugin, cx| plugin.read_resource(cx, &uri)).expect("a part");
        let ResourceBody::Text(text) = &contents[0].body else { panic!("not text") };
        assert!(text.len() <= 1024 * 1024 + 300, "{}", text.len());
        whole.push_str(text);
        let Some(note) = contents.get(1) else { break };
        uri.clone_from(&note.uri);
    }
    let (header, body) = whole.split_once("---\n\n").expect("a header");
    assert!(header.starts_with("# Title of a"), "{header}");
    assert!(body == work, "{} of {} bytes", body.len(), work.len());
    for bad in ["orchestrator://artifacts/a/x", "orchestrator://artifacts/a/1/2", "orchestrator://artifacts/a/-1"] {
        assert!(matches!(read(&mut host, bad), Err(ResourceError::NotFound)), "{bad}");
    }
    let past = format!("{uri}9");
    assert!(matches!(read(&mut host, &past), Err(ResourceError::NotFound)), "{past}");
}

#[test]
fn a_named_artifact_is_read_as_it_was_written() {
    let mut host = host();
    task(&mut host, "a");
    let write = json!({"action": "write", "task_id": "a", "name": "data.json", "content": "{}", "media_type": "application/json"});
    let uri = done(&mut host, "artifacts", write)["artifact_uri"].as_str().expect("a URI").to_owned();
    let contents = host.read(|plugin, cx| plugin.read_resource(cx, &uri)).expect("it is there");
    let ResourceBody::Text(text) = &contents[0].body else { panic!("not text") };
    assert_eq!((contents[0].mime_type.as_deref(), text.as_str()), (Some("application/json"), "{}"));
    let (resources, _) = page(&mut host, None);
    assert_eq!((resources[0].title.as_deref(), resources[0].size), (Some("Title of a: data.json"), Some(2)));
}

#[test]
fn a_damaged_artifact_says_where() {
    let mut host = host();
    task(&mut host, "a");
    let mut arguments = delivery("a");
    arguments["detailed_work"] = json!("x".repeat(200_000));
    let uri = done(&mut host, "complete_task", arguments)["artifact_uri"].as_str().expect("a URI").to_owned();
    host.host().connection().execute("DELETE FROM artifact_chunk WHERE position = 1", []).expect("gone");
    let Err(ResourceError::Failed(failure)) = read(&mut host, &uri) else { panic!("it is damaged") };
    assert!(format!("{failure:?}").contains("a piece is missing at 65536"), "{failure:?}");
}
