use mainstay_plugin::{Plugin, ResourceError};

use super::{KINDS, PAGE};
use crate::Orchestrator;
use crate::document;
use crate::testing::{Host, complete, host, task};
use crate::workspace::Workspace;

fn write_document(host: &mut Host, name: &str) {
    host.read(|_, cx| Workspace::of_caller(cx)).expect("a workspace");
    let sql = "INSERT INTO document VALUES (1, ?1, 'A page', 'Text', 0)";
    host.host().connection().execute(sql, [name]).expect("a document");
}

#[test]
fn every_kind_publishes_its_templates() {
    let templates: Vec<_> = Orchestrator::resource_templates().into_iter().map(|t| t.uri_template).collect();
    for expected in [
        "orchestrator://documents/{name}",
        "orchestrator://artifacts/{artifact_id}",
        "orchestrator://tasks/{task_id}",
        "orchestrator://graph/{task_id}.mmd",
        "orchestrator://graph/{task_id}.svg",
        "orchestrator://board/{plan_id}.json",
        "orchestrator://card/{task_id}.json",
    ] {
        assert!(templates.iter().any(|template| template == expected), "{templates:?}");
    }
}

#[test]
fn a_page_goes_on_with_the_next_kind_and_never_has_too_many() {
    let mut host = host();
    for i in 0..100 {
        task(&mut host, &format!("t{i}"));
        complete(&mut host, &format!("t{i}"));
    }
    write_document(&mut host, "plan");
    let first = host.read(|plugin, cx| plugin.list_resources(cx, None)).expect("a page");
    assert_eq!(first.resources[0].uri, document::uri("plan"));
    assert!(first.resources.len() <= PAGE);
    let mut seen = first.resources.len();
    let mut cursor = first.next_cursor;
    while let Some(at) = cursor {
        host.fresh_instance();
        let page = host.read(|plugin, cx| plugin.list_resources(cx, Some(&at))).expect("a page");
        seen += page.resources.len();
        cursor = page.next_cursor;
    }
    assert_eq!(seen, 101);
}

#[test]
fn a_cursor_of_no_kind_is_refused() {
    let mut host = host();
    for cursor in ["", "page 2", "nothing:1", "artifacts:x", "documents:1", "tasks:1"] {
        let error = host.read(|plugin, cx| plugin.list_resources(cx, Some(cursor))).expect_err("no such cursor");
        assert!(matches!(error, ResourceError::InvalidCursor), "{cursor}");
    }
}

#[test]
fn kinds_have_names_of_their_own() {
    let mut names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), KINDS.len());
}

#[test]
fn a_document_is_read_by_its_name() {
    let mut host = host();
    task(&mut host, "a");
    write_document(&mut host, "plan");
    host.read(|plugin, cx| plugin.read_resource(cx, "orchestrator://documents/plan")).expect("it is there");
    for uri in ["orchestrator://documents/other", "orchestrator://documents/", "orchestrator://documents/a/b"] {
        let error = host.read(|plugin, cx| plugin.read_resource(cx, uri)).expect_err("it is not there");
        assert!(matches!(error, ResourceError::NotFound), "{uri}");
    }
}
