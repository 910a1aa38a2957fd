use serde_json::json;

use crate::testing::{complete, delivery, done, hint, host, refused, shop, status, subtask, task, text};

#[test]
fn executing_marks_the_task_active_and_hands_out_the_role() {
    let mut host = host();
    shop(&mut host);
    let execution = done(&mut host, "execute_task", json!({"task_id": "design"}));
    assert_eq!(execution["status"], "active");
    assert_eq!(execution["specialist_type"], "architect");
    assert!(execution["role_prompt"].as_str().expect("a prompt").starts_with("You are a software architect"));
    assert_eq!(status(&host, "design"), "active");
}

#[test]
fn the_briefing_has_the_task_the_plan_and_the_results_to_build_on() {
    let mut host = host();
    shop(&mut host);
    let artifact = complete(&mut host, "design")["artifact_uri"].clone();
    let execution = done(&mut host, "execute_task", json!({"task_id": "build"}));
    let briefing = &execution["briefing"];
    assert_eq!(briefing["description"], "Description of build");
    assert_eq!(briefing["plan"]["task_id"], "shop");
    assert_eq!(briefing["plan"]["context"], "for bicycles");
    let finished = json!([{"task_id": "design", "title": "Title of design", "summary": "Summary of design",
        "artifact_uri": artifact}]);
    assert_eq!(briefing["prerequisites"], finished);

    let page = text(&mut host, "execute_task", json!({"task_id": "build"}));
    for part in ["You are an implementer", "# Task `build`: Title of build", "Part of `shop`", "Summary of design"] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(page.contains("Next: do the work, then orchestrator_complete_task {\"task_id\": \"build\""), "{page}");
}

#[test]
fn the_older_name_does_the_same() {
    let mut host = host();
    shop(&mut host);
    let by_new_name = done(&mut host, "execute_task", json!({"task_id": "design"}));
    assert_eq!(done(&mut host, "execute_subtask", json!({"task_id": "design"})), by_new_name);
}

#[test]
fn a_lost_briefing_can_be_had_again() {
    let mut host = host();
    shop(&mut host);
    let first = text(&mut host, "execute_task", json!({"task_id": "design"}));
    assert_eq!(text(&mut host, "execute_task", json!({"task_id": "design"})), first);
}

#[test]
fn a_completed_task_is_not_executed_again() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let failure = refused(&mut host, "execute_task", json!({"task_id": "design"}));
    assert_eq!(failure.code(), "already-completed");
    assert!(hint(&failure).contains("follow-up"), "{failure:?}");
    assert_eq!(status(&host, "design"), "completed");
}

#[test]
fn work_that_was_sent_back_comes_with_the_last_delivery() {
    let mut host = host();
    shop(&mut host);
    let mut draft = delivery("design");
    draft["next_action"] = json!("needs_revision");
    let artifact = done(&mut host, "complete_task", draft)["artifact_uri"].clone();
    let briefing = done(&mut host, "execute_task", json!({"task_id": "design"}))["briefing"].clone();
    assert_eq!(briefing["revision"], json!({"count": 1, "summary": "Summary of design", "artifact_uri": artifact}));
}

#[test]
fn a_plan_sends_on_to_its_parts() {
    let mut host = host();
    shop(&mut host);
    let execution = done(&mut host, "execute_task", json!({"task_id": "shop"}));
    assert_eq!(execution["ready_parts"][0]["task_id"], "design");
    assert!(execution["next"].as_str().expect("text").contains("3 open parts"));
}

#[test]
fn a_plan_whose_parts_are_finished_sends_on_to_synthesis() {
    let mut host = host();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": [subtask("a", "coder", &[])]}));
    complete(&mut host, "a");
    let next = done(&mut host, "execute_task", json!({"task_id": "p"}))["next"].clone();
    assert!(next.as_str().expect("text").contains("orchestrator_synthesize_results"), "{next}");
}

#[test]
fn the_summaries_of_many_prerequisites_stay_within_bounds() {
    let mut host = host();
    let ids: Vec<_> = (0..60).map(|i| format!("p{i}")).collect();
    for id in &ids {
        task(&mut host, id);
        let mut long = delivery(id);
        long["summary"] = json!("s".repeat(4000));
        done(&mut host, "complete_task", long);
    }
    done(&mut host, "plan_task", json!({"task_id": "last", "title": "t", "description": "d", "dependencies": ids}));
    let page = text(&mut host, "execute_task", json!({"task_id": "last"}));
    assert!(page.len() < 25_000, "{} bytes", page.len());
}

#[test]
fn cancelled_work_stays_cancelled() {
    let mut host = host();
    let parts = [subtask("a", "coder", &[])];
    done(&mut host, "plan_task", json!({"description": "d", "subtasks": parts}));
    host.host().connection().execute("UPDATE task SET status = 'cancelled' WHERE id = 'a'", []).expect("a change");
    let failure = refused(&mut host, "execute_task", json!({"task_id": "a"}));
    assert_eq!(failure.code(), "illegal-transition");
    assert!(failure.to_string().contains("it can become archived"), "{failure}");
}

#[test]
fn of_many_prerequisites_forty_are_told_and_it_says_so() {
    let mut host = host();
    let ids: Vec<_> = (0..41).map(|i| format!("p{i:02}")).collect();
    for id in &ids {
        task(&mut host, id);
        complete(&mut host, id);
    }
    for (last, count) in [("forty", 40), ("more", 41)] {
        let dependencies = &ids[..count];
        let plan = json!({"task_id": last, "title": "t", "description": "d", "dependencies": dependencies});
        done(&mut host, "plan_task", plan);
    }
    let said =
        "Of each at most 40 are told, and there are more; orchestrator_query_tasks {\"task_id\": \"more\"} names";
    let page = text(&mut host, "execute_task", json!({"task_id": "forty"}));
    assert!(page.contains("- `p39`") && !page.contains("at most 40"), "{page}");
    let page = text(&mut host, "execute_task", json!({"task_id": "more"}));
    assert!(page.contains("- `p39`") && !page.contains("- `p40`") && page.contains(said), "{page}");
}
