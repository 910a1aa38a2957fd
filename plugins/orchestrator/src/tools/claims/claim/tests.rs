use serde_json::{Value, json};

use crate::testing::{
    Host, complete, delivery, done, each, hint, host, refused, rows, shop, status, subtask, task, text,
};

const MINUTE: u64 = 60_000;

fn named(id: &str, agent: &str) -> Value {
    json!({"task_id": id, "agent": agent})
}

fn take(host: &mut Host, id: &str, agent: &str) -> Value {
    done(host, "claim_task", named(id, agent))
}

/// What an agent that names no task is given.
fn take_any(host: &mut Host, agent: &str) -> String {
    let claimed = done(host, "claim_task", json!({ "agent": agent }));
    claimed["tasks"][0]["task_id"].as_str().expect("an id").to_owned()
}

fn events(host: &Host, id: &str) -> Vec<String> {
    let sql = "SELECT kind || ' ' || coalesce(previous, '-') || ' ' || coalesce(current, '-') FROM event
        WHERE task_id = ?1 ORDER BY seq";
    let mut select = host.host().connection().prepare(sql).expect("SQL");
    let rows = select.query_map([id], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("text")
}

fn as_session(host: &mut Host, session: &str) {
    session.clone_into(&mut host.caller_mut().session);
}

#[test]
fn a_claim_marks_the_task_active_and_answers_with_the_briefing() {
    let mut host = host();
    shop(&mut host);
    let claimed = done(&mut host, "claim_task", named("design", "ada"));
    assert_eq!(claimed["until"], "2026-01-01T00:30:00Z");
    assert_eq!(claimed["tasks"][0]["status"], "active");
    assert_eq!(claimed["briefing"]["briefing"]["description"], "Description of design");
    let page = text(&mut host, "claim_task", named("design", "ada"));
    assert!(page.starts_with("`design` is claimed for agent \"ada\" until 2026-01-01T00:30:00Z"), "{page}");
    assert!(page.contains("# Task `design`: Title of design"), "{page}");
    task(&mut host, "other");
    let page = text(&mut host, "claim_task", json!({"task_id": "other"}));
    assert!(page.starts_with("`other` is claimed for you until 2026-01-01T00:30:00Z.\n\n"), "{page}");
    assert_eq!((status(&host, "design").as_str(), status(&host, "shop").as_str()), ("active", "active"));
    assert_eq!(events(&host, "design").last().map(String::as_str), Some("claimed - ada"));
}

#[test]
fn agents_that_ask_at_once_get_different_tasks() {
    let mut host = host();
    let parts: Vec<_> = (0..6).map(|i| subtask(&format!("t{i}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    let mut given = Vec::new();
    for round in 0..3 {
        for agent in ["ada", "bob"] {
            given.push(take_any(&mut host, agent));
            host.fresh_instance();
        }
        assert_eq!(given.len(), 2 * (round + 1));
    }
    given.sort();
    given.dedup();
    assert_eq!(given.len(), 6, "{given:?}");
    let failure = refused(&mut host, "claim_task", json!({"agent": "eve"}));
    assert_eq!(failure.code(), "nothing-ready");
}

#[test]
fn what_an_agent_holds_is_refused_to_all_others() {
    let mut host = host();
    shop(&mut host);
    take(&mut host, "design", "ada");
    let mut handed_in = delivery("design");
    handed_in["agent"] = json!("bob");
    let calls = [
        ("claim_task", named("design", "bob")),
        ("execute_task", named("design", "bob")),
        ("execute_subtask", json!({"task_id": "design"})),
        ("complete_task", handed_in),
        ("complete_task", delivery("design")),
        ("claim_task", json!({"task_id": "design", "agent": "bob", "action": "release"})),
        ("claim_task", json!({"task_id": "design", "agent": "bob", "action": "renew"})),
    ];
    for (tool, arguments) in calls {
        let failure = refused(&mut host, tool, arguments.clone());
        assert_eq!(failure.code(), "claimed", "{tool} {arguments}");
        let message = "`design` (Title of design) is claimed by agent \"ada\" until 2026-01-01T00:30:00Z";
        assert_eq!(failure.to_string(), message);
        assert!(hint(&failure).contains("If you are \"ada\", pass it as agent."), "{failure:?}");
    }
    assert_eq!(status(&host, "design"), "active");
}

#[test]
fn who_gives_no_name_is_its_session() {
    let mut host = host();
    shop(&mut host);
    assert_eq!(done(&mut host, "claim_task", json!({}))["agent"], "session-1");
    as_session(&mut host, "session-2");
    assert_eq!(refused(&mut host, "execute_task", json!({"task_id": "design"})).code(), "claimed");
    as_session(&mut host, "session-1");
    complete(&mut host, "design");
    assert_eq!(rows(&host, "claim"), 0);
}

#[test]
fn whoever_executes_under_a_name_claims_and_others_do_not() {
    let mut host = host();
    task(&mut host, "a");
    done(&mut host, "execute_task", json!({"task_id": "a"}));
    assert_eq!(rows(&host, "claim"), 0);
    done(&mut host, "execute_task", named("a", "ada"));
    assert_eq!(rows(&host, "claim"), 1);
    let mut handed_in = delivery("a");
    handed_in["agent"] = json!("ada");
    assert_eq!(done(&mut host, "complete_task", handed_in)["status"], "completed");
    assert_eq!(rows(&host, "claim"), 0);
}

#[test]
fn a_claim_is_renewed_by_every_sign_of_life() {
    let mut host = host();
    shop(&mut host);
    let until = |answer: &Value| answer["until"].as_str().expect("a time").to_owned();
    take(&mut host, "design", "ada");
    host.host().advance(20 * MINUTE);
    let renewed = done(&mut host, "claim_task", json!({"task_id": "design", "agent": "ada", "action": "renew"}));
    assert_eq!(until(&renewed), "2026-01-01T00:50:00Z");
    host.host().advance(20 * MINUTE);
    assert_eq!(until(&take(&mut host, "design", "ada")), "2026-01-01T01:10:00Z");
    host.host().advance(20 * MINUTE);
    done(&mut host, "execute_task", named("design", "ada"));
    let piece = json!({"action": "write", "task_id": "design", "name": "notes", "content": "one"});
    host.host().advance(20 * MINUTE);
    let written = done(&mut host, "artifacts", piece)["artifact_id"].clone();
    host.host().advance(20 * MINUTE);
    done(&mut host, "artifacts", json!({"action": "append", "artifact_id": written, "content": "two"}));
    host.host().advance(20 * MINUTE);
    done(&mut host, "update_task", json!({"task_id": "design", "attributes": {"half": "done"}}));
    host.host().advance(29 * MINUTE);
    assert_eq!(refused(&mut host, "execute_task", json!({"task_id": "design"})).code(), "claimed");
    assert_eq!(events(&host, "design").iter().filter(|event| event.starts_with("claimed")).count(), 1);
}

#[test]
fn executing_again_never_makes_a_lease_shorter() {
    let mut host = host();
    task(&mut host, "a");
    done(&mut host, "claim_task", json!({"task_id": "a", "agent": "ada", "lease_minutes": 1440}));
    done(&mut host, "execute_task", named("a", "ada"));
    host.host().advance(1439 * MINUTE);
    assert_eq!(refused(&mut host, "claim_task", named("a", "bob")).code(), "claimed");
    host.host().advance(MINUTE);
    take(&mut host, "a", "bob");
}

#[test]
fn a_lease_that_is_over_puts_the_task_back() {
    let mut host = host();
    shop(&mut host);
    task(&mut host, "other");
    take(&mut host, "design", "ada");
    host.host().advance(30 * MINUTE);
    host.fresh_instance();
    done(&mut host, "execute_task", json!({"task_id": "other"}));
    assert_eq!(status(&host, "design"), "pending");
    let recorded = events(&host, "design");
    assert!(recorded.contains(&"lease_expired ada -".to_owned()), "{recorded:?}");
    assert!(recorded.contains(&"status_changed active pending".to_owned()), "{recorded:?}");
    assert_eq!(take_any(&mut host, "bob"), "design");
    let begun = "SELECT started_at FROM task WHERE id = 'design'";
    let begun: i64 = host.host().connection().query_row(begun, [], |row| row.get(0)).expect("a time");
    assert_eq!(begun, 1_767_225_600_000 + 30 * 60_000, "it began with whoever has it now");
}

#[test]
fn work_that_comes_late_is_taken_unless_another_agent_has_the_task() {
    let mut host = host();
    task(&mut host, "a");
    task(&mut host, "b");
    let handed_in = |id: &str| {
        let mut delivery = delivery(id);
        delivery["agent"] = json!("ada");
        delivery
    };
    take(&mut host, "a", "ada");
    take(&mut host, "b", "ada");
    host.host().advance(31 * MINUTE);
    take(&mut host, "b", "bob");
    assert_eq!(done(&mut host, "complete_task", handed_in("a"))["status"], "completed");
    assert_eq!(refused(&mut host, "complete_task", handed_in("b")).code(), "claimed");
}

#[test]
fn of_two_agents_that_complete_a_task_the_second_is_told() {
    let mut host = host();
    shop(&mut host);
    take(&mut host, "design", "ada");
    let mut first = delivery("design");
    first["agent"] = json!("ada");
    let answer = done(&mut host, "complete_task", first.clone());
    assert_eq!(done(&mut host, "complete_task", first), answer, "a repeated delivery is answered the same");
    let second = json!({"task_id": "design", "agent": "bob", "summary": "Mine", "detailed_work": "Other work",
        "next_action": "complete"});
    assert_eq!(refused(&mut host, "complete_task", second).code(), "already-completed");
    assert_eq!(rows(&host, "artifact"), 1);
}

#[test]
fn a_result_for_a_cancelled_task_is_refused_with_a_way_out() {
    let mut host = host();
    shop(&mut host);
    take(&mut host, "design", "session-1");
    let cancel = "UPDATE task SET status = 'cancelled' WHERE id = 'design'";
    host.host().connection().execute(cancel, []).expect("cancelled");
    assert_eq!(rows(&host, "claim"), 0, "nobody holds what is cancelled");
    let failure = refused(&mut host, "complete_task", delivery("design"));
    assert_eq!(failure.code(), "illegal-transition");
    assert!(failure.to_string().contains("was cancelled meanwhile"), "{failure}");
    assert!(hint(&failure).contains("plan a new task"), "{failure:?}");
    assert_eq!(refused(&mut host, "claim_task", named("design", "ada")).code(), "illegal-transition");
}

#[test]
fn a_delivery_of_any_kind_ends_the_claim() {
    for (action, then) in [("complete", "completed"), ("needs_revision", "pending"), ("blocked", "blocked")] {
        let mut host = host();
        task(&mut host, "a");
        done(&mut host, "claim_task", json!({"task_id": "a"}));
        let mut delivery = delivery("a");
        delivery["next_action"] = json!(action);
        done(&mut host, "complete_task", delivery);
        assert_eq!((status(&host, "a").as_str(), rows(&host, "claim")), (then, 0), "{action}");
    }
}

#[test]
fn a_released_task_is_in_the_queue_again() {
    let mut host = host();
    shop(&mut host);
    take(&mut host, "design", "ada");
    let release = json!({"task_id": "design", "agent": "ada", "action": "release"});
    assert_eq!(done(&mut host, "claim_task", release.clone())["tasks"][0]["status"], "pending");
    assert_eq!(events(&host, "design").last().map(String::as_str), Some("released ada -"));
    let failure = refused(&mut host, "claim_task", release);
    assert_eq!(failure.code(), "not-claimed");
    assert_eq!(take_any(&mut host, "bob"), "design");
}

#[test]
fn without_a_task_all_claims_of_the_agent_are_meant() {
    let mut host = host();
    ["a", "b", "c"].into_iter().for_each(|id| drop(task(&mut host, id)));
    take(&mut host, "a", "ada");
    take(&mut host, "b", "ada");
    take(&mut host, "c", "bob");
    host.host().advance(20 * MINUTE);
    let renewed = done(&mut host, "claim_task", json!({"agent": "ada", "action": "renew", "lease_minutes": 60}));
    assert_eq!(each(&renewed["tasks"], "task_id"), ["a", "b"]);
    assert_eq!(renewed["until"], "2026-01-01T01:20:00Z");
    let shown = text(&mut host, "claim_task", json!({"agent": "ada", "action": "release"}));
    assert!(shown.starts_with("Released:\n- `a`") && shown.contains("`b`") && !shown.contains("`c`"), "{shown}");
    let failure = refused(&mut host, "claim_task", json!({"agent": "ada", "action": "release"}));
    assert_eq!(failure.to_string(), "agent \"ada\" has no claim");
}

#[test]
fn an_agent_has_at_most_twenty_claims() {
    let mut host = host();
    let parts: Vec<_> = (0..22).map(|i| subtask(&format!("t{i}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    (0..20).for_each(|_| drop(take_any(&mut host, "ada")));
    let failure = refused(&mut host, "claim_task", json!({"agent": "ada"}));
    assert_eq!(failure.code(), "too-many-claims");
    assert_eq!(failure.to_string(), "agent \"ada\" has 20 claims, which is the most one agent can have");
    assert_eq!(rows(&host, "claim"), 20);
    take_any(&mut host, "bob");
    host.host().advance(30 * MINUTE);
    take_any(&mut host, "ada");
}

#[test]
fn one_call_ends_at_most_a_hundred_leases() {
    let mut host = host();
    let parts: Vec<_> = (0..130).map(|i| subtask(&format!("t{i}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    for i in 0..130 {
        take(&mut host, &format!("t{i}"), &format!("agent {}", i / 20));
    }
    host.host().advance(60 * MINUTE);
    take(&mut host, "t129", "ada");
    assert_eq!(rows(&host, "claim"), 30, "those that are left, of which one has a new holder");
    take(&mut host, "t0", "ada");
    assert_eq!(rows(&host, "claim"), 2);
}

#[test]
fn a_plan_is_not_claimed_but_its_parts_are() {
    let mut host = host();
    shop(&mut host);
    let failure = refused(&mut host, "claim_task", named("shop", "ada"));
    assert_eq!(failure.code(), "is-a-plan");
    assert!(hint(&failure).contains("{\"plan_id\": \"shop\"}"), "{failure:?}");
    ["design", "build", "check"].into_iter().for_each(|id| drop(complete(&mut host, id)));
    let failure = refused(&mut host, "claim_task", named("shop", "ada"));
    assert!(hint(&failure).contains("orchestrator_synthesize_results"), "{failure:?}");
    task(&mut host, "single");
    assert_eq!(refused(&mut host, "claim_task", json!({"plan_id": "single"})).code(), "not-a-plan");
}

#[test]
fn a_task_is_chosen_within_the_plan_that_is_named() {
    let mut host = host();
    task(&mut host, "older");
    shop(&mut host);
    let claimed = done(&mut host, "claim_task", json!({"agent": "ada", "plan_id": "shop"}));
    assert_eq!(each(&claimed["tasks"], "task_id"), ["design"]);
    assert_eq!(refused(&mut host, "claim_task", json!({"agent": "ada", "plan_id": "shop"})).code(), "nothing-ready");
}

#[test]
fn what_was_given_parts_meanwhile_stays_active_when_the_lease_is_over() {
    let mut host = host();
    task(&mut host, "a");
    take(&mut host, "a", "ada");
    done(&mut host, "plan_task", json!({"title": "t", "description": "d", "parent_task_id": "a", "task_id": "part"}));
    host.host().advance(30 * MINUTE);
    assert_eq!(take_any(&mut host, "bob"), "part");
    assert_eq!(status(&host, "a"), "active");
    assert_eq!(rows(&host, "claim"), 1);
}

#[test]
fn claims_of_another_workspace_are_not_touched() {
    let mut host = host();
    shop(&mut host);
    take(&mut host, "design", "ada");
    host.host().advance(60 * MINUTE);
    as_session(&mut host, "session-2");
    host.caller_mut().working_directory = Some("/elsewhere".to_owned());
    task(&mut host, "other");
    assert_eq!(take_any(&mut host, "ada"), "other");
    assert_eq!(status(&host, "design"), "active");
    assert_eq!(refused(&mut host, "claim_task", named("design", "ada")).code(), "unknown-task");
}

#[test]
fn names_of_every_script_are_kept_as_they_are() {
    let mut host = host();
    for (i, name) in ["Zoë", "e\u{301}", "עדה", "艾達", "🤖 7", "O'Neil \"x\" \\"].into_iter().enumerate() {
        let id = format!("t{i}");
        task(&mut host, &id);
        assert_eq!(take(&mut host, &id, name)["agent"], name);
        let failure = refused(&mut host, "claim_task", named(&id, "other"));
        let quoted = serde_json::to_string(name).expect("JSON");
        assert!(failure.to_string().contains(&quoted), "{failure}");
    }
}

#[test]
fn bad_arguments_are_refused_by_field_and_change_nothing() {
    let mut host = host();
    shop(&mut host);
    let long = "é".repeat(129);
    let cases = [
        (json!({"agent": long}), "/agent: has 129 characters; at most 128 are allowed"),
        (json!({"agent": " "}), "/agent: is empty; 1 to 128 characters are needed"),
        (json!({"agent": "a\0"}), "/agent: contains a NUL character"),
        (json!({"agent": "a\nb"}), "/agent: has a line break"),
        (json!({"lease_minutes": 0}), "/lease_minutes: is 0; 1 to 1440 is allowed"),
        (json!({"lease_minutes": 1441}), "/lease_minutes: is 1441; 1 to 1440 is allowed"),
        (json!({"lease_minutes": "soon"}), "invalid type: string \"soon\""),
        (json!({"action": "relase"}), "did you mean `release`?"),
        (json!({"task_id": "design", "plan_id": "shop"}), "/plan_id: is given beside task_id"),
        (json!({"plan_id": "shop", "action": "renew"}), "/plan_id: is only for action claim"),
        (json!({"task_id": "a b"}), "/task_id: is no id"),
        (json!({"plan_id": "a b"}), "/plan_id: is no id"),
    ];
    for (arguments, problem) in cases {
        let failure = refused(&mut host, "claim_task", arguments.clone());
        assert!(failure.to_string().contains(problem), "{arguments}: {failure}");
    }
    assert!(refused(&mut host, "execute_task", named("design", "")).to_string().starts_with("/agent: is empty"));
    assert_eq!(refused(&mut host, "claim_task", json!({"task_id": "desing"})).code(), "unknown-task");
    assert_eq!((rows(&host, "claim"), status(&host, "design").as_str()), (0, "pending"));
    assert_eq!(done(&mut host, "claim_task", json!({"agent": "é".repeat(128)}))["tasks"][0]["task_id"], "design");
}

#[test]
fn what_somebody_works_on_is_not_taken_away_by_another_session() {
    let mut host = host();
    task(&mut host, "a");
    take(&mut host, "a", "ada");
    as_session(&mut host, "stranger");
    let attempts = [
        ("cancel_task", json!({"task_id": "a"})),
        ("delete_task", json!({"task_id": "a", "archive_instead": false})),
        ("update_task", json!({"task_id": "a", "status": "blocked"})),
    ];
    for (tool, arguments) in attempts {
        assert_eq!(refused(&mut host, tool, arguments).code(), "claimed", "{tool}");
    }
    done(&mut host, "update_task", json!({"task_id": "a", "priority": "high"}));
    as_session(&mut host, "session-1");
    done(&mut host, "cancel_task", json!({"task_id": "a"}));
    assert_eq!(status(&host, "a"), "cancelled");
}

#[test]
fn renewing_without_a_time_never_makes_a_lease_shorter() {
    let mut host = host();
    task(&mut host, "a");
    task(&mut host, "b");
    done(&mut host, "claim_task", json!({"task_id": "a", "agent": "ada", "lease_minutes": 120}));
    take(&mut host, "b", "ada");
    let renewed = done(&mut host, "claim_task", json!({"agent": "ada", "action": "renew"}));
    assert_eq!(renewed["until"], "2026-01-01T00:30:00Z", "the first that ends");
    let renew = |minutes: Value| json!({"task_id": "a", "agent": "ada", "action": "renew", "lease_minutes": minutes});
    assert_eq!(done(&mut host, "claim_task", renew(Value::Null))["until"], "2026-01-01T02:00:00Z");
    assert_eq!(take(&mut host, "a", "ada")["until"], "2026-01-01T02:00:00Z");
    assert_eq!(done(&mut host, "claim_task", renew(json!(10)))["until"], "2026-01-01T00:10:00Z");
}

#[test]
fn a_lease_lasts_from_a_minute_to_a_day() {
    let mut host = host();
    task(&mut host, "a");
    for (minutes, until) in [(1, "2026-01-01T00:01:00Z"), (1440, "2026-01-02")] {
        let lease = json!({"task_id": "a", "agent": "ada", "lease_minutes": minutes});
        assert_eq!(done(&mut host, "claim_task", lease)["until"], until);
    }
}
