use mainstay_plugin::{Plugin, ResourceBody};
use serde_json::{Value, json};

use crate::document;
use crate::testing::{Host, complete, delivery, done, host, shop, subtask};

fn update(host: &mut Host) -> Value {
    done(host, "maintenance_coordinator", json!({"action": "update_documentation", "scope": "full_project"}))
}

fn read(host: &mut Host, name: &str) -> String {
    let uri = format!("orchestrator://documents/{name}");
    let mut contents = host.read(|plugin, cx| plugin.read_resource(cx, &uri)).expect("it is there");
    let ResourceBody::Text(text) = contents.pop().expect("something").body else { panic!("not text") };
    text
}

#[test]
fn pages_tell_of_plans_results_decisions_and_questions() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let mut blocked = delivery("build");
    blocked["next_action"] = json!("blocked");
    blocked["summary"] = json!("The key\nis missing");
    done(&mut host, "complete_task", blocked);
    let answer = update(&mut host);
    let uris = ["plan", "results", "decisions", "open-questions"].map(|name| json!(document::uri(name)));
    assert_eq!(answer["documents"], json!(uris));
    let expected = [
        ("plan", "## `shop` Build a shop\n\nactive, 1 of 3 parts finished"),
        ("plan", "- `build` (implementer, blocked): Title of build"),
        (
            "results",
            "- Title of design (`design`, architect, 2026-01-01): Summary of design (in full: orchestrator://artifacts/",
        ),
        ("decisions", "Summary of design"),
        ("open-questions", "- Title of build (`build`) is blocked: The key is missing"),
    ];
    for (name, text) in expected {
        let page = read(&mut host, name);
        assert!(page.contains(text), "{name}: {page}");
    }
}

#[test]
fn pages_are_written_anew_and_listed_as_resources() {
    let mut host = host();
    shop(&mut host);
    update(&mut host);
    assert!(read(&mut host, "results").contains("Nothing."));
    complete(&mut host, "design");
    update(&mut host);
    assert!(read(&mut host, "results").contains("Summary of design"));
    let listed = host.read(|plugin, cx| plugin.list_resources(cx, None)).expect("a page").resources;
    assert_eq!(listed.iter().filter(|resource| resource.uri.contains("/documents/")).count(), 4);
}

#[test]
fn what_was_given_up_is_told_with_the_reason() {
    let mut host = host();
    shop(&mut host);
    let given_up = "UPDATE task SET status = 'cancelled' WHERE id = 'check';
        INSERT INTO event (workspace_id, task_id, kind, session, client, call, at, note)
            VALUES (1, 'check', 'status_changed', '', '', '', 0, 'No time for tests')";
    host.host().connection().execute_batch(given_up).expect("given up");
    update(&mut host);
    assert!(read(&mut host, "decisions").contains("- Title of check (`check`) was cancelled: No time for tests"));
}

#[test]
fn a_page_has_at_most_256_kib_newest_plans_first() {
    let mut host = host();
    for plan in 0..6 {
        let parts: Vec<_> = (0..400)
            .map(|i| {
                let mut part = subtask(&format!("p{plan}t{i}"), "coder", &[]);
                part["title"] = json!(format!("{i} {}", "漢字".repeat(60)));
                part
            })
            .collect();
        done(&mut host, "plan_task", json!({"task_id": format!("p{plan}"), "description": "d", "subtasks": parts}));
    }
    update(&mut host);
    let page = read(&mut host, "plan");
    assert!(page.len() <= document::BYTES && page.len() > document::BYTES - 2_000, "{}", page.len());
    assert!(page.contains("## `p5`") && !page.contains("## `p0`"));
    assert!(page.trim_end().ends_with("a page has at most 262144 bytes."), "{}", &page[page.len() - 200..]);
}
