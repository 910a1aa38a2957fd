mod words;

use serde_json::{Value, json};

use crate::testing::{Host, complete, done, each, hint, host, refused, shop, subtask, task, text};

fn found(host: &mut Host, arguments: Value) -> Vec<String> {
    each(&done(host, "query_tasks", arguments)["tasks"], "task_id")
}

fn problem(host: &mut Host, arguments: Value) -> String {
    refused(host, "query_tasks", arguments).to_string()
}

/// `a` to `e`, a second apart, each different.
fn some() -> Host {
    let mut host = host();
    let tasks = [
        json!({"task_id": "a", "title": "Café menu", "task_type": "research", "complexity": "simple",
            "specialist_type": "analyst", "priority": "low", "due_date": "2026-03-01"}),
        json!({"task_id": "b", "title": "Payment form", "task_type": "implementation", "complexity": "complex",
            "specialist_type": "coder", "priority": "urgent", "dependencies": ["a"]}),
        json!({"task_id": "c", "title": "Payment tests", "task_type": "testing", "specialist_type": "tester",
            "due_date": "2026-02-01", "dependencies": ["a", {"task_id": "b", "type": "related"}]}),
        json!({"task_id": "d", "title": "任务 列表", "specialist_type": "coder", "priority": "high"}),
        json!({"task_id": "e", "title": "Release notes", "task_type": "documentation", "priority": "high"}),
    ];
    for mut task in tasks {
        task["description"] = json!("What is to be done");
        done(&mut host, "plan_task", task);
        host.host().advance(1000);
    }
    done(&mut host, "update_task", json!({"task_id": "b", "attributes": {"team": "red", "points": 3}}));
    done(&mut host, "update_task", json!({"task_id": "d", "attributes": {"team": "red"}}));
    host
}

#[test]
fn every_filter_finds_what_it_says() {
    let mut host = some();
    done(&mut host, "execute_task", json!({"task_id": "e"}));
    let cases = [
        (json!({}), "edcba"),
        (json!({"status": ["active"]}), "e"),
        (json!({"status": ["pending", "active", "pending"]}), "edcba"),
        (json!({"task_type": ["research", "testing"]}), "ca"),
        (json!({"specialist_type": ["coder"]}), "db"),
        (json!({"complexity": ["simple", "complex"]}), "ba"),
        (json!({"priority": ["high", "urgent"]}), "edb"),
        (json!({"specialist_type": ["coder"], "status": ["pending"], "priority": ["high"]}), "d"),
        (json!({"attributes": {"team": "red"}}), "db"),
        (json!({"attributes": {"team": "red", "points": 3}}), "b"),
        (json!({"depends_on": "a"}), "cb"),
        (json!({"ready": true}), "da"),
        (json!({"ready": false}), "ecb"),
        (json!({"due_before": "2026-02-15"}), "c"),
        (json!({"due_before": "2026-03-15"}), "ca"),
        (json!({"created_after": "2026-01-01T00:00:02Z"}), "ed"),
        (json!({"created_before": "2026-01-01T00:00:02Z"}), "ba"),
        (json!({"updated_after": "2026-01-01T00:00:04.500Z"}), "edb"),
        (json!({"specialist_type": ["devops"]}), ""),
    ];
    for (arguments, expected) in cases {
        assert_eq!(found(&mut host, arguments.clone()).concat(), expected, "{arguments}");
    }
}

#[test]
fn every_order_is_as_it_says() {
    let mut host = some();
    done(&mut host, "update_task", json!({"task_id": "a", "title": "Menu"}));
    let cases = [
        (json!({"sort": "newest"}), "edcba"),
        (json!({"sort": "oldest"}), "abcde"),
        (json!({"sort": "priority"}), "bdeca"),
        (json!({"sort": "due"}), "ca"),
        (json!({"sort": "oldest", "status": ["pending", "active"]}), "abcde"),
        (json!({"sort": "priority", "specialist_type": ["coder", "analyst"]}), "bda"),
        (json!({"sort": "oldest", "search_text": "payment"}), "bc"),
    ];
    for (arguments, expected) in cases {
        assert_eq!(found(&mut host, arguments.clone()).concat(), expected, "{arguments}");
    }
    assert_eq!(found(&mut host, json!({"sort": "updated"})).concat().len(), 5);
}

#[test]
fn pages_follow_each_other_in_every_order_whatever_happens_in_between() {
    for sort in ["newest", "oldest", "updated", "due", "priority"] {
        let mut host = some();
        let all = found(&mut host, json!({"sort": sort, "status": ["pending"]}));
        let mut seen = Vec::new();
        let mut arguments = json!({"sort": sort, "status": ["pending"], "limit": 2});
        loop {
            let page = done(&mut host, "query_tasks", arguments.clone());
            seen.extend(each(&page["tasks"], "task_id"));
            assert!(seen.len() <= all.len(), "{sort}: {seen:?}");
            host.fresh_instance();
            let last = seen.last().expect("a task").clone();
            done(&mut host, "delete_task", json!({"task_id": last, "force": true}));
            let Some(cursor) = page.get("next_cursor") else { break };
            arguments["cursor"] = cursor.clone();
        }
        assert_eq!(seen, all, "{sort}");
    }
}

#[test]
fn the_parts_of_a_plan_come_as_planned() {
    let mut host = host();
    shop(&mut host);
    done(
        &mut host,
        "plan_task",
        json!({"task_id": "deep", "title": "t", "description": "d", "parent_task_id": "build"}),
    );
    let direct = found(&mut host, json!({"parent_task_id": "shop"}));
    assert_eq!(direct, ["design", "build", "check"]);
    let all = found(&mut host, json!({"parent_task_id": "shop", "include_children": true}));
    assert_eq!(all, ["design", "build", "deep", "check"]);
    let newest = found(&mut host, json!({"parent_task_id": "shop", "include_children": true, "sort": "newest"}));
    assert_eq!(newest, ["deep", "check", "build", "design"]);
    let paged = json!({"parent_task_id": "shop", "include_children": true, "limit": 3});
    let cursor = done(&mut host, "query_tasks", paged.clone())["next_cursor"].clone();
    let mut rest = paged;
    rest["cursor"] = cursor;
    assert_eq!(found(&mut host, rest), ["check"]);
}

#[test]
fn limits_are_told_with_their_numbers() {
    let mut host = some();
    let cases = [
        (json!({"limit": 0}), "/limit: is 0; 1 to 100 are allowed"),
        (json!({"limit": 101}), "/limit: is 101; 1 to 100 are allowed"),
        (
            json!({"offset": 1001}),
            "/offset: is 1001; 0 to 1000 are allowed: to go on, give the next_cursor of the last answer as cursor",
        ),
        (json!({"offset": -1}), "/offset: is -1; 0 to 1000 are allowed"),
        (json!({"search_text": "a".repeat(201)}), "/search_text: has 201 characters; at most 200 are allowed"),
        (json!({"search_text": "a ".repeat(21)}), "/search_text: has 21 items; at most 20 are allowed"),
        (json!({"search_text": "a\0"}), "/search_text: contains a NUL character, which cannot be stored"),
        (json!({"specialist_type": vec!["coder"; 51]}), "/specialist_type: has 51 items; at most 50 are allowed"),
        (json!({"status": []}), "/status: is empty; leave it out to find all"),
        (json!({"created_after": "soon"}), "/created_after: is no date; write 2026-01-31 or 2026-01-31T12:00:00Z"),
        (json!({"sort": "plan"}), "/sort: is plan, the order within a plan, which needs parent_task_id"),
        (
            json!({"sort": "due", "search_text": "a"}),
            "/sort: is due; with search_text only newest and oldest are possible",
        ),
        (json!({"attributes": {"a": null}}), "/attributes: `a` is null; give the value to look for"),
    ];
    for (arguments, expected) in cases {
        assert_eq!(problem(&mut host, arguments.clone()), expected, "{arguments}");
    }
    assert!(problem(&mut host, json!({"status": ["actve"]})).contains("did you mean `active`?"));
    assert!(problem(&mut host, json!({"parent_task_id": "z"})).contains("there is no task `z`"));
    assert!(problem(&mut host, json!({"depends_on": "z"})).contains("there is no task `z`"));
}

#[test]
fn a_task_without_figures_says_what_puts_it_right() {
    let mut host = some();
    host.host()
        .connection()
        .execute("DELETE FROM work WHERE task = (SELECT seq FROM task WHERE id = 'a')", [])
        .expect("a row");
    let failure = refused(&mut host, "query_tasks", json!({"task_id": "a"}));
    assert_eq!(failure.to_string(), "`a` has no figures");
    let hint = hint(&failure);
    let (tool, arguments) = hint.strip_prefix("orchestrator_").and_then(|call| call.split_once(' ')).expect("a call");
    let arguments = arguments.strip_suffix(" puts that right.").expect("a sentence");
    done(&mut host, tool, serde_json::from_str(arguments).expect("JSON"));
    assert_eq!(done(&mut host, "query_tasks", json!({"task_id": "a"}))["task"]["task_id"], "a");
}

#[test]
fn a_cursor_is_good_for_the_same_question_only() {
    let mut host = some();
    let cursor = done(&mut host, "query_tasks", json!({"limit": 2}))["next_cursor"].clone();
    assert_eq!(found(&mut host, json!({"cursor": cursor, "limit": 100})), ["c", "b", "a"]);
    let said = problem(&mut host, json!({"cursor": cursor, "ready": true}));
    assert!(said.starts_with("/cursor: is of another query"), "{said}");
    for bad in [
        "",
        "x",
        "page 2",
        "00000000.0.n1",
        "0000000é.0..1",
        "00000000.0.tzz.1",
        "00000000.0..1.0",
        "00000000.0..1.2.3",
    ] {
        let said = problem(&mut host, json!({"cursor": bad}));
        assert!(said.starts_with("/cursor: is not a cursor of this tool"), "{bad}: {said}");
    }
    let both = problem(&mut host, json!({"cursor": cursor, "offset": 1}));
    assert!(both.starts_with("/offset: is given beside cursor"), "{both}");
}

#[test]
fn an_offset_skips() {
    let mut host = some();
    let page = done(&mut host, "query_tasks", json!({"offset": 1, "limit": 2}));
    assert_eq!(each(&page["tasks"], "task_id"), ["d", "c"]);
    assert_eq!(found(&mut host, json!({"cursor": page["next_cursor"]})), ["b", "a"]);
    assert_eq!(found(&mut host, json!({"offset": 1000})), [] as [&str; 0]);
}

#[test]
fn a_line_says_what_is_needed_to_choose_and_how_to_go_on() {
    let mut host = some();
    let page = text(&mut host, "query_tasks", json!({"limit": 2, "specialist_type": ["coder", "tester"]}));
    let (lines, next) = page.split_once("Next: ").expect("what is next");
    assert_eq!(
        lines,
        "2 tasks:\n- `d` (coder, pending, high): 任务 列表\n- `c` (tester, pending, due 2026-02-01): Payment tests\n"
    );
    assert!(next.starts_with("orchestrator_query_tasks {\"cursor\":\""), "{next}");
    assert!(next.ends_with("\"limit\":2,\"specialist_type\":[\"coder\",\"tester\"]} for more."), "{next}");
    let page = text(&mut host, "query_tasks", json!({"specialist_type": ["devops"]}));
    assert!(page.starts_with("No task found.\nNext: "), "{page}");
}

#[test]
fn artifacts_are_named_on_request() {
    let mut host = host();
    shop(&mut host);
    let uri = complete(&mut host, "design")["artifact_uri"].clone();
    let page = done(&mut host, "query_tasks", json!({"parent_task_id": "shop", "include_artifacts": true}));
    assert_eq!(page["tasks"][0]["artifact_uris"], json!([uri]));
    assert_eq!(page["tasks"][1]["artifact_uris"], json!([]));
    let page = text(&mut host, "query_tasks", json!({"parent_task_id": "shop", "include_artifacts": true}));
    assert!(page.contains(&format!("Title of design\n  - {}\n", uri.as_str().expect("a URI"))), "{page}");
}

#[test]
fn one_task_is_shown_in_full() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    done(&mut host, "update_task", json!({"task_id": "build", "attributes": {"owner": "Ada"}, "priority": "high"}));
    let task = done(&mut host, "query_tasks", json!({"task_id": "build"}))["task"].clone();
    assert_eq!(
        task["depends_on"][0],
        json!({"task_id": "design", "title": "Title of design", "status": "completed",
        "type": "completion", "state": "satisfied"})
    );
    assert_eq!(task["needed_by"][0]["task_id"], "check");
    assert_eq!(each(&task["events"], "kind"), ["attribute_changed", "updated", "created"]);
    let page = text(&mut host, "query_tasks", json!({"task_id": "build"}));
    for part in [
        "# `build`: Title of build\npending, implementer, standard, moderate, priority high, part of `shop`\n",
        "\nDescription of build\n",
        "\nAttributes:\n- owner (string): Ada\n",
        "\nDepends on:\n- `design` (completion, satisfied): Title of design, completed\n",
        "\nNeeded by:\n- `check` (completion, pending): Title of check, pending\n",
        "updated {\"priority\":\"normal\"} -> {\"priority\":\"high\"} (test)\n",
        "Next: orchestrator_execute_task {\"task_id\": \"build\"}.",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    let plan = text(&mut host, "query_tasks", json!({"task_id": "shop"}));
    assert!(plan.contains("1 of 3 parts finished\n") && plan.contains("Context: \"for bicycles\""), "{plan}");
    let unknown = problem(&mut host, json!({"task_id": "biuld"}));
    assert!(unknown.contains("there is no task `biuld`"), "{unknown}");
}

/// Many tasks, of which few are what is looked for.
fn many(host: &mut Host, count: i64) {
    task(host, "first");
    let sql = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= ?1)
        INSERT INTO task (seq, workspace_id, id, path, depth, position, title, type, status, complexity, specialist,
            created_at, updated_at, description)
        SELECT i, 1, 't' || i, printf('%08x', i), 1, 0, 'Task ' || i, 'standard', 'pending',
            CASE WHEN i % 4000 = 0 THEN 'trivial' ELSE 'moderate' END, 'coder', i, i, 'd' FROM n";
    host.host().connection().execute(sql, [count]).expect("tasks");
}

#[test]
fn one_call_looks_at_no_more_than_five_thousand_tasks_and_says_so() {
    let mut host = host();
    many(&mut host, 12_000);
    let rare = json!({"specialist_type": ["coder"], "complexity": ["trivial"], "sort": "newest"});
    let mut arguments = rare.clone();
    let (mut seen, mut calls) = (Vec::new(), 0);
    loop {
        calls += 1;
        let page = done(&mut host, "query_tasks", arguments.clone());
        seen.extend(each(&page["tasks"], "task_id"));
        let Some(cursor) = page.get("next_cursor") else { break };
        assert_eq!(page["stopped_early"], true);
        arguments["cursor"] = cursor.clone();
    }
    assert_eq!((seen, calls), (vec!["t12000".to_owned(), "t8000".to_owned(), "t4000".to_owned()], 3));
    let page = text(&mut host, "query_tasks", rare);
    assert!(page.starts_with("2 tasks so far: one call looks at 5000 tasks, and more are left:"), "{page}");
    let merged = json!({"status": ["pending", "active"], "created_before": "1970-01-01T00:00:01Z", "sort": "oldest"});
    let page = done(&mut host, "query_tasks", merged);
    assert_eq!(page["tasks"].as_array().map(Vec::len), Some(20));
}

#[test]
fn bounds_of_creation_lead_to_what_is_within_them() {
    let mut host = host();
    many(&mut host, 12_000);
    let old = json!({"created_before": "1970-01-01T00:00:00.004Z", "sort": "newest"});
    let page = done(&mut host, "query_tasks", old.clone());
    assert_eq!(
        (each(&page["tasks"], "task_id"), &page["stopped_early"]),
        (vec!["t3".into(), "t2".into()], &json!(false))
    );
    let between = json!({"created_after": "1970-01-01T00:00:05.999Z", "created_before": "1970-01-01T00:00:06.002Z",
        "sort": "oldest", "status": ["pending"], "specialist_type": ["coder"], "ready": true});
    assert_eq!(found(&mut host, between), ["t6000", "t6001"]);
    // Too many are within the bounds to look at all of them, so the rarer word leads.
    let rare = json!({"created_after": "1970-01-01T00:00:01Z", "priority": ["urgent"], "sort": "oldest"});
    let page = done(&mut host, "query_tasks", rare);
    assert_eq!((&page["tasks"], &page["stopped_early"]), (&json!([]), &json!(false)));
}

#[test]
fn a_page_within_bounds_begins_where_the_last_one_ended() {
    for query in [
        json!({"created_after": "1970-01-01T00:00:01Z", "sort": "oldest"}),
        json!({"created_before": "1970-01-01T00:00:10Z", "sort": "newest"}),
        json!({"updated_after": "1970-01-01T00:00:01Z", "specialist_type": ["nobody"]}),
        json!({"due_before": "2030-01-01"}),
    ] {
        let mut host = host();
        many(&mut host, 12_000);
        host.host().connection().execute("UPDATE task SET due_at = seq", []).expect("due");
        let (mut query, mut spent) = (query, Vec::new());
        query["limit"] = json!(100);
        for _ in 0..3 {
            let before = host.host().steps();
            let page = done(&mut host, "query_tasks", query.clone());
            spent.push(host.host().steps() - before);
            query["cursor"] = page["next_cursor"].clone();
        }
        assert!(spent[2] < spent[0] * 5 / 4 + 100, "{query}: {spent:?}");
    }
}

#[test]
fn an_offset_goes_on_after_a_call_had_to_stop() {
    let mut host = host();
    many(&mut host, 12_000);
    let mut arguments = json!({"specialist_type": ["coder"], "complexity": ["trivial"], "sort": "newest", "offset": 2});
    let (mut seen, mut calls) = (Vec::new(), 0);
    loop {
        calls += 1;
        let page = done(&mut host, "query_tasks", arguments.clone());
        seen.extend(each(&page["tasks"], "task_id"));
        let Some(cursor) = page.get("next_cursor") else { break };
        arguments["cursor"] = cursor.clone();
        arguments["offset"] = json!(null);
    }
    assert_eq!((seen, calls), (vec!["t4000".to_owned()], 3));
}

#[test]
fn the_text_of_a_page_stays_short() {
    let mut host = host();
    let parts: Vec<_> = (0..200).map(|i| subtask(&format!("p{i:03}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    let page = text(&mut host, "query_tasks", json!({}));
    assert!(page.starts_with("20 tasks:") && page.len() < 1_600, "{} bytes", page.len());
}

#[test]
fn the_most_that_is_allowed_is_looked_for_and_one_more_is_not() {
    let mut host = some();
    let attributes =
        |count: usize| json!((0..count).map(|i| (format!("n{i}"), json!(1))).collect::<serde_json::Map<_, _>>());
    for (field, most, more, said) in [
        ("limit", json!(100), json!(101), "is 101; 1 to 100 are allowed"),
        ("limit", json!(1), json!(0), "is 0; 1 to 100 are allowed"),
        ("offset", json!(1000), json!(1001), "is 1001; 0 to 1000 are allowed"),
        ("search_text", json!("é".repeat(200)), json!("é".repeat(201)), "has 201 characters; at most 200 are allowed"),
        ("search_text", json!("a ".repeat(20)), json!("a ".repeat(21)), "has 21 items; at most 20 are allowed"),
        ("status", json!(vec!["active"; 50]), json!(vec!["active"; 51]), "has 51 items; at most 50 are allowed"),
        ("task_type", json!(vec!["testing"; 50]), json!(vec!["testing"; 51]), "has 51 items; at most 50 are allowed"),
        ("specialist_type", json!(vec!["coder"; 50]), json!(vec!["coder"; 51]), "has 51 items; at most 50 are allowed"),
        ("complexity", json!(vec!["simple"; 50]), json!(vec!["simple"; 51]), "has 51 items; at most 50 are allowed"),
        ("priority", json!(vec!["high"; 50]), json!(vec!["high"; 51]), "has 51 items; at most 50 are allowed"),
        ("attributes", attributes(50), attributes(51), "has 51 items; at most 50 are allowed"),
    ] {
        // One goes on with what to do instead.
        let problem = problem(&mut host, json!({field: more}));
        assert!(problem.starts_with(&format!("/{field}: {said}")), "{problem}");
        found(&mut host, json!({field: most}));
    }
}

#[test]
fn a_page_has_as_many_tasks_as_were_asked_for_and_five_artifacts_of_each() {
    let mut host = host();
    let parts: Vec<_> = (0..101).map(|i| subtask(&format!("p{i:03}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    let within = |limit: Value| json!({"parent_task_id": "p", "limit": limit});
    for (limit, count) in [(json!(null), 20), (json!(1), 1), (json!(100), 100)] {
        let page = done(&mut host, "query_tasks", within(limit));
        assert_eq!((page["tasks"].as_array().map(Vec::len), page["next_cursor"].is_string()), (Some(count), true));
    }
    for i in 0..6 {
        let write = json!({"action": "write", "task_id": "p000", "name": format!("n{i}"), "content": "c"});
        done(&mut host, "artifacts", write);
    }
    let first = json!({"parent_task_id": "p", "limit": 1, "include_artifacts": true});
    assert_eq!(done(&mut host, "query_tasks", first)["tasks"][0]["artifact_uris"].as_array().map(Vec::len), Some(5));
}

#[test]
fn lists_of_one_task_are_cut_with_a_word_on_the_rest() {
    let mut host = host();
    let mut parts: Vec<_> = (0..50).map(|i| subtask(&format!("w{i:02}"), "coder", &["first"])).collect();
    parts.push(subtask("first", "coder", &[]));
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    let ids: Vec<_> = (0..50).map(|i| format!("w{i:02}")).collect();
    done(&mut host, "plan_task", json!({"task_id": "last", "title": "t", "description": "d", "dependencies": ids}));
    let write = |i: usize| json!({"action": "write", "task_id": "last", "name": format!("n{i}"), "content": "c"});
    (0..20).for_each(|i| drop(done(&mut host, "artifacts", write(i))));
    let shown = |host: &mut Host, id: &str| {
        let task = done(host, "query_tasks", json!({"task_id": id}))["task"].clone();
        let lengths =
            ["depends_on", "needed_by", "artifact_uris"].map(|list| task[list].as_array().map_or(0, Vec::len));
        (lengths, task["cut"].clone(), text(host, "query_tasks", json!({"task_id": id})))
    };
    let (lengths, cut, page) = shown(&mut host, "first");
    assert_eq!((lengths, cut, page.contains("and more")), ([0, 50, 0], json!(null), false), "{page}");
    // What is written is an event too.
    let (lengths, cut, _) = shown(&mut host, "last");
    assert_eq!((lengths, cut), ([50, 0, 20], json!(["events"])));
    done(&mut host, "artifacts", write(20));
    let more = json!({"task_id": "w50", "title": "w50", "description": "d", "dependencies": ["first"]});
    done(&mut host, "plan_task", more);
    done(&mut host, "update_task", json!({"task_id": "last", "add_dependencies": ["w50"]}));
    let (lengths, cut, page) = shown(&mut host, "first");
    assert_eq!((lengths, cut), ([0, 50, 0], json!(["needed_by"])));
    let all = "- and more; 50 are shown; orchestrator_query_tasks {\"depends_on\": \"first\"} finds all\n";
    assert!(page.contains(all), "{page}");
    let (lengths, cut, page) = shown(&mut host, "last");
    assert_eq!((lengths, cut), ([50, 0, 20], json!(["depends_on", "artifact_uris", "events"])));
    for note in ["- and more; 50 are shown\n", "- and more; 20 are shown; orchestrator_artifacts", "- and more; 10 are"]
    {
        assert!(page.contains(note), "{note} is missing in {page}");
    }
}

#[test]
fn the_last_ten_changes_of_a_task_are_shown() {
    let mut host = host();
    task(&mut host, "a");
    for i in 1..=10 {
        let task = done(&mut host, "query_tasks", json!({"task_id": "a"}))["task"].clone();
        assert_eq!((task["events"].as_array().map(Vec::len), task["cut"].is_array()), (Some(i), false));
        done(&mut host, "update_task", json!({"task_id": "a", "title": format!("t{i}")}));
    }
    let task = done(&mut host, "query_tasks", json!({"task_id": "a"}))["task"].clone();
    assert_eq!((task["events"].as_array().map(Vec::len), &task["cut"]), (Some(10), &json!(["events"])));
}
