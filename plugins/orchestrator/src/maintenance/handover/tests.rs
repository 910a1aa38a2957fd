use mainstay_plugin::{Plugin, ResourceBody};
use serde_json::{Value, json};

use crate::document;
use crate::testing::{Host, complete, delivery, done, host, shop, subtask, task, text};

fn handover() -> Value {
    json!({"action": "prepare_handover", "scope": "full_project"})
}

fn in_full(host: &mut Host) -> String {
    let uri = "orchestrator://documents/handover";
    let mut contents = host.read(|plugin, cx| plugin.read_resource(cx, uri)).expect("it is there");
    let ResourceBody::Text(text) = contents.pop().expect("something").body else { panic!("not text") };
    text
}

#[test]
fn a_handover_says_all_that_someone_new_needs() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    done(&mut host, "execute_task", json!({"task_id": "build"}));
    let claim = "INSERT INTO claim (task, workspace_id, agent, session, claimed_at, until)
        SELECT seq, workspace_id, 'ada', 's', 0, ?1 FROM task WHERE id = 'build'";
    host.host().connection().execute(claim, [1_767_225_600_000_i64 + 60_000]).expect("a claim");
    let short = text(&mut host, "maintenance_coordinator", handover());
    let full = in_full(&mut host);
    for expected in [
        "orchestrator_initialize_session {\"working_directory\": \"/home/user/project\"}",
        "- `shop` Build a shop: Build a shop",
        "- `shop`: active, 1 of 3 parts finished; 0 tasks ready, 1 waiting, 1 under way, 0 blocked or failed",
        "- `build` Title of build (implementer): held by ada until 2026-01-01T00:01:00Z",
        "- Title of check (`check`) waits for build",
        "- Title of design (`design`, architect, 2026-01-01): Summary of design",
    ] {
        assert!(short.contains(expected), "{expected} is not in {short}");
        assert!(full.contains(expected), "{expected} is not in {full}");
    }
    host.host().advance(120_000);
    let later = text(&mut host, "maintenance_coordinator", handover());
    assert!(later.contains("## What to do next\n\n- orchestrator_execute_task {\"task_id\": \"build\"}"), "{later}");
}

#[test]
fn the_answer_has_less_than_8000_characters_and_the_page_has_all() {
    let mut host = host();
    for plan in 0..30 {
        let parts: Vec<_> = (0..20).map(|i| subtask(&format!("p{plan}t{i}"), "architect", &[])).collect();
        let description = format!("Plan {plan}\n{}", "漢字 ".repeat(500));
        done(
            &mut host,
            "plan_task",
            json!({"task_id": format!("p{plan}"), "description": description, "subtasks": parts}),
        );
        for i in 0..10 {
            let mut arguments = delivery(&format!("p{plan}t{i}"));
            arguments["summary"] = json!(format!("{} {i}", "Ergebnis ".repeat(200)));
            if i % 3 == 0 {
                arguments["next_action"] = json!("blocked");
            }
            done(&mut host, "complete_task", arguments);
        }
    }
    let short = text(&mut host, "maintenance_coordinator", handover());
    assert!(short.chars().count() < 8_000, "{}", short.chars().count());
    for heading in ["What this is about", "Blocked, and why", "Decisions and results", "What to do next"] {
        assert!(short.contains(&format!("## {heading}\n\n- ")), "{heading} is not in {short}");
    }
    assert!(short.contains("more in orchestrator://documents/handover"), "{short}");
    let full = in_full(&mut host);
    assert!(full.len() <= document::BYTES, "{}", full.len());
    assert!(full.contains("- `p29`:") && full.contains("- `p0`:") && full.contains("## What to do next\n\n- orch"));
}

#[test]
fn an_empty_workspace_is_handed_over_too() {
    let mut host = host();
    let answer = done(&mut host, "maintenance_coordinator", handover());
    assert!(answer["handover"].as_str().expect("text").contains("orchestrator_plan_task: there is no open work"));
}

#[test]
fn a_narrow_scope_without_work_says_that_there_is_other_work() {
    let mut host = host();
    shop(&mut host);
    task(&mut host, "alone");
    complete(&mut host, "alone");
    let narrow = json!({"action": "prepare_handover", "scope": "specific_subtask", "target_task_id": "alone"});
    let said = text(&mut host, "maintenance_coordinator", narrow);
    assert!(said.contains("- no open work in this scope; scope full_project looks at all\n"), "{said}");
    host.caller_mut().session = "session-2".to_owned();
    task(&mut host, "single");
    host.caller_mut().session = "session-3".to_owned();
    let said = text(&mut host, "maintenance_coordinator", json!({"action": "prepare_handover"}));
    assert!(said.contains("orchestrator_execute_task {\"task_id\": \"single\"}"), "{said}");
}

#[test]
fn the_path_in_the_call_is_json() {
    let mut host = host();
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/a \"b\""}));
    let said = text(&mut host, "maintenance_coordinator", handover());
    assert!(said.contains(r#"{"working_directory": "/srv/a \"b\""}"#), "{said}");
}

#[test]
fn what_is_left_out_is_named_and_open_plans_come_first() {
    let mut host = host();
    let parts: Vec<_> = (0..500).map(|i| subtask(&format!("t{i}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "big", "description": "d", "subtasks": parts}));
    for i in 0..200 {
        task(&mut host, &format!("done{i}"));
    }
    host.host().connection().execute("UPDATE task SET status = 'cancelled' WHERE id LIKE 'done%'", []).expect("over");
    let answer = done(&mut host, "maintenance_coordinator", handover());
    let notes = answer["notes"].to_string();
    assert!(notes.contains("Of `big` only the first 500 tasks are written about."), "{notes}");
    assert!(notes.contains("200 plans are written about."), "{notes}");
    assert!(answer["handover"].as_str().expect("text").contains("- `big`: pending"), "{answer}");
}

#[test]
fn three_thousand_tasks_are_written_about_and_it_says_so() {
    let mut host = host();
    task(&mut host, "oldest");
    let plans = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 3001)
        INSERT INTO task (seq, workspace_id, id, parent, path, depth, position, title, type, status, complexity,
            specialist, created_at, updated_at, description)
        SELECT i, 1, 't' || i, iif(top = i, NULL, top), iif(top = i, '', printf('%08x', top)) || printf('%08x', i),
            iif(top = i, 1, 2), i, 'Task ' || i, 'standard', 'pending', 'moderate', 'coder', 1, 1, 'd'
        FROM (SELECT i, i - (i - 2) % 500 AS top FROM n) WHERE i < ?1 AND i >= ?2";
    let plans = |host: &Host, first: i64, end: i64| host.host().connection().execute(plans, [end, first]);
    plans(&host, 2, 2502).expect("five plans of 500 tasks");
    let answer = done(&mut host, "maintenance_coordinator", handover());
    assert_eq!((&answer["tasks_looked_at"], &answer["notes"]), (&json!(2501), &json!([])));
    plans(&host, 2502, 3002).expect("a sixth");
    let answer = done(&mut host, "maintenance_coordinator", handover());
    assert_eq!(answer["tasks_looked_at"], 3000);
    let said = "Plans were left out, the oldest and finished ones: 3000 tasks are written about.";
    assert!(answer["notes"].to_string().contains(said), "{}", answer["notes"]);
}
