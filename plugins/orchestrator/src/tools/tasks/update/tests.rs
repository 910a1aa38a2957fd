use mainstay_plugin::Failure;
use serde_json::{Value, json};

use crate::testing::{Host, complete, done, each, hint, host, refused, rows, shop, status, subtask, task, text};

fn update(host: &mut Host, arguments: Value) -> Value {
    done(host, "update_task", arguments)
}

fn problem(host: &mut Host, arguments: Value) -> String {
    let before = (rows(host, "event"), rows(host, "dependency"), rows(host, "attribute"));
    let failure = refused(host, "update_task", arguments);
    assert!(matches!(failure, Failure::InvalidArguments(_)), "{failure:?}");
    assert_eq!((rows(host, "event"), rows(host, "dependency"), rows(host, "attribute")), before, "nothing changed");
    failure.to_string()
}

fn one<T: rusqlite::types::FromSql>(host: &Host, sql: &str) -> T {
    host.host().connection().query_row(sql, [], |row| row.get(0)).expect("a row")
}

fn detail(host: &mut Host, id: &str) -> Value {
    done(host, "query_tasks", json!({ "task_id": id }))["task"].clone()
}

#[test]
fn only_what_is_given_changes_and_the_answer_says_what() {
    let mut host = host();
    task(&mut host, "a");
    let answer = update(
        &mut host,
        json!({"task_id": "a", "title": "New\n title", "priority": "high",
        "due_date": "2026-02-01", "estimated_effort": "2 h", "complexity": "complex", "specialist_type": "coder"}),
    );
    let changes = json!([
        {"what": "title", "from": "Title of a", "to": "New title"},
        {"what": "complexity", "from": "moderate", "to": "complex"},
        {"what": "estimated_effort", "to": "2 h"},
        {"what": "due_date", "to": "2026-02-01"},
        {"what": "priority", "from": "normal", "to": "high"},
        {"what": "specialist_type", "from": "generic", "to": "coder"}]);
    assert_eq!(answer["changes"], changes);
    let task = detail(&mut host, "a");
    assert_eq!((&task["title"], &task["description"]), (&json!("New title"), &json!("To be done")));
    assert_eq!((&task["priority"], &task["specialist_type"]), (&json!("high"), &json!("coder")));
    assert_eq!(one::<i64>(&host, "SELECT minutes FROM work"), 120);
    assert_eq!(one::<i64>(&host, "SELECT priority FROM queue"), 3);
    let page = text(&mut host, "update_task", json!({"task_id": "a", "priority": "low"}));
    assert_eq!(
        page,
        "`a` (New title) is changed:\n- priority: high -> low\nNext: orchestrator_execute_task {\"task_id\": \"a\"}."
    );
}

#[test]
fn an_open_part_is_not_renamed_to_the_title_of_an_open_part_beside_it() {
    let mut host = host();
    shop(&mut host);
    let rename = json!({"task_id": "build", "title": "Title  of\ncheck", "priority": "high"});
    let said = problem(&mut host, rename.clone());
    assert_eq!(
        said,
        "/title: `Title of check` is already the title of `check` in this plan; give each part one of its own"
    );
    assert_eq!(detail(&mut host, "build")["title"], "Title of build");
    // Its own title, that of the plan above it and that of a task elsewhere are no doubles.
    task(&mut host, "elsewhere");
    for title in ["Title of build", "Build a shop", "Title of elsewhere"] {
        update(&mut host, json!({"task_id": "build", "title": title}));
    }
    update(&mut host, json!({"task_id": "elsewhere", "title": "Title of check"}));
    done(&mut host, "cancel_task", json!({"task_id": "check"}));
    update(&mut host, rename);
    update(&mut host, json!({"task_id": "check", "title": "Build a shop"}));
    assert_eq!(detail(&mut host, "build")["title"], "Title of check");
}

#[test]
fn null_clears_what_is_optional() {
    let mut host = host();
    let planned = json!({"task_id": "a", "title": "t", "description": "d", "estimated_effort": "3 days",
        "due_date": "2026-02-01", "context": {"a": 1}});
    done(&mut host, "plan_task", planned);
    assert_eq!(one::<i64>(&host, "SELECT minutes FROM work"), 1440);
    let cleared = json!({"task_id": "a", "estimated_effort": null, "due_date": null, "context": null});
    let answer = update(&mut host, cleared.clone());
    assert_eq!(each(&answer["changes"], "what"), ["estimated_effort", "due_date", "context"]);
    assert_eq!(one::<Option<i64>>(&host, "SELECT minutes FROM work"), None);
    let page = text(&mut host, "update_task", cleared);
    assert!(page.starts_with("`a` (t) is as given; nothing changed."), "{page}");
}

#[test]
fn the_schema_has_room_for_null_where_it_means_something() {
    let tool = super::tool();
    let schema: Value = serde_json::from_str(&tool.definition().input_schema).expect("JSON");
    assert_eq!(schema["properties"]["due_date"]["type"], json!(["null", "string"]));
    assert_eq!(schema["properties"]["context"]["type"], json!(["null", "object", "string"]));
    assert_eq!(schema["properties"]["title"]["type"], "string");
    assert_eq!(schema["required"], json!(["task_id"]));
}

#[test]
fn a_change_is_on_record_with_what_was_before() {
    let mut host = host();
    task(&mut host, "a");
    update(&mut host, json!({"task_id": "a", "title": "New", "attributes": {"owner": "Ada"}}));
    let sql = "SELECT previous || ' ' || current FROM event WHERE kind = 'updated'";
    assert_eq!(one::<String>(&host, sql), r#"{"title":"Title of a"} {"title":"New"}"#);
    let sql = "SELECT previous || ' ' || current FROM event WHERE kind = 'attribute_changed'";
    assert_eq!(one::<String>(&host, sql), r#"{} {"owner":"Ada"}"#);
}

#[test]
fn attributes_are_typed_by_what_they_look_like_or_as_said() {
    let mut host = host();
    task(&mut host, "a");
    let attributes = json!({"owner": "Ada", "points": 3.5, "urgent": true, "by": "2026-02-01",
        "spec": "https://example.org/x", "list": [1, 2], "version": {"type": "string", "value": "2026-02-01"}});
    update(&mut host, json!({"task_id": "a", "attributes": attributes}));
    let stored = detail(&mut host, "a")["attributes"].clone();
    assert_eq!(each(&stored, "name"), ["by", "list", "owner", "points", "spec", "urgent", "version"]);
    let types = ["date", "json", "string", "number", "reference", "boolean", "string"];
    assert_eq!(each(&stored, "type"), types);
    assert_eq!(stored[1]["value"], "[1,2]");
    let answer = update(&mut host, json!({"task_id": "a", "attributes": {"owner": null, "points": 4, "urgent": true}}));
    assert_eq!(each(&answer["changes"], "what"), ["attribute owner", "attribute points"]);
    assert_eq!(rows(&host, "attribute"), 6);
}

#[test]
fn attributes_have_limits() {
    let mut host = host();
    task(&mut host, "a");
    let many = |from: usize, count: usize| {
        let names = (from..from + count).map(|i| (format!("n{i:03}"), json!(i)));
        json!({"task_id": "a", "attributes": names.collect::<serde_json::Map<_, _>>()})
    };
    assert_eq!(problem(&mut host, many(0, 51)), "/attributes: has 51 items; at most 50 are allowed");
    update(&mut host, many(0, 50));
    assert_eq!(problem(&mut host, many(50, 1)), "/attributes: has 51 items; at most 50 are allowed");
    let with = |name: &str, value: Value| json!({"task_id": "a", "attributes": {name: value}});
    let long = problem(&mut host, with("n000", json!("x".repeat(4001))));
    assert_eq!(long, "/attributes/n000: has 4001 characters; at most 4000 are allowed");
    assert!(problem(&mut host, with(&"x".repeat(65), json!(1))).contains("has 65 characters; at most 64"));
    assert!(problem(&mut host, with("", json!(1))).contains("is empty; 1 to 64 characters are needed"));
    assert!(problem(&mut host, with("a\nb", json!(1))).contains("no line breaks"));
    assert!(problem(&mut host, with("n000", json!("a\0b"))).contains("NUL"));
    let wrong = problem(&mut host, with("n000", json!({"type": "number", "value": "many"})));
    assert_eq!(wrong, "/attributes/n000: does not hold a number: \"many\"");
    let unknown = problem(&mut host, with("n000", json!({"type": "nubmer", "value": 1})));
    assert!(unknown.contains("did you mean `number`?"), "{unknown}");
}

#[test]
fn text_of_every_kind_comes_back_as_it_was() {
    let mut host = host();
    task(&mut host, "a");
    for text in ["שלום עולם", "e\u{301}tude", "任务列表", "👩‍🚀 émigré", "<b>&\"'`#"] {
        let given = json!({"task_id": "a", "title": text, "description": text, "context": text,
            "attributes": {text: text}});
        update(&mut host, given);
        let task = detail(&mut host, "a");
        assert_eq!((&task["title"], &task["description"]), (&json!(text), &json!(text)));
        let attributes = task["attributes"].as_array().expect("a list");
        assert!(attributes.iter().any(|a| a["name"] == text && a["value"] == text), "{text}");
    }
}

#[test]
fn a_status_changes_as_the_state_machine_allows() {
    let mut host = host();
    shop(&mut host);
    assert_eq!(update(&mut host, json!({"task_id": "design", "status": "in_progress"}))["status"], "in_progress");
    assert_eq!(status(&host, "shop"), "active");
    update(&mut host, json!({"task_id": "design", "status": "blocked"}));
    update(&mut host, json!({"task_id": "design", "status": "failed"}));
    let failure = refused(&mut host, "update_task", json!({"task_id": "design", "status": "in_progress"}));
    assert_eq!(failure.code(), "illegal-transition");
    assert!(failure.to_string().contains("from failed it can become pending, active, cancelled"), "{failure}");
    update(&mut host, json!({"task_id": "design", "status": "pending"}));
    assert_eq!(status(&host, "design"), "pending");
}

#[test]
fn some_statuses_have_tools_of_their_own() {
    let mut host = host();
    shop(&mut host);
    let mut hinted = |id: &str, status: &str| {
        let failure = refused(&mut host, "update_task", json!({"task_id": id, "status": status, "title": "New"}));
        assert_eq!(failure.code(), "illegal-transition");
        hint(&failure)
    };
    assert!(hinted("design", "completed").contains("orchestrator_complete_task"));
    assert!(hinted("design", "archived").contains("orchestrator_delete_task"));
    assert!(hinted("shop", "cancelled").contains("orchestrator_cancel_task"));
    let failure = refused(&mut host, "update_task", json!({"task_id": "build", "status": "active"}));
    assert_eq!(failure.code(), "open-dependencies");
    assert_eq!(detail(&mut host, "design")["title"], "Title of design", "nothing changes if one thing is wrong");
}

#[test]
fn dependencies_are_added_and_removed() {
    let mut host = host();
    task(&mut host, "a");
    task(&mut host, "b");
    task(&mut host, "c");
    let add = json!({"task_id": "c", "add_dependencies": ["a", {"task_id": "b", "type": "data", "input": "table"}]});
    let answer = update(&mut host, add.clone());
    assert_eq!(each(&answer["changes"], "to"), ["a", "b (data as table)"]);
    assert_eq!(answer["next"], "nothing yet: it waits for `a` (Title of a, pending), `b` (Title of b, pending)");
    assert_eq!(update(&mut host, add)["changes"], json!([]), "again is no change");
    let answer = update(&mut host, json!({"task_id": "c", "remove_dependencies": ["a"]}));
    assert_eq!(answer["changes"], json!([{"what": "depends on", "from": "a"}]));
    let uri = complete(&mut host, "b")["artifact_uri"].clone();
    let briefing = done(&mut host, "execute_task", json!({"task_id": "c"}))["briefing"].clone();
    assert_eq!(briefing["prerequisites"][0]["input"], "table");
    let page = text(&mut host, "execute_task", json!({"task_id": "c"}));
    let line = format!("- table = `b` Title of b: Summary of b (in full: {})", uri.as_str().expect("a URI"));
    assert!(page.contains(&line), "{page}");
}

#[test]
fn a_waived_dependency_holds_nothing_up_and_is_told_with_its_reason() {
    let mut host = host();
    shop(&mut host);
    let waive = json!({"task_id": "build", "waive_dependencies": [{"task_id": "design", "reason": "it is obvious"}]});
    let answer = update(&mut host, waive.clone());
    assert_eq!(answer["changes"], json!([{"what": "waived", "to": "design"}]));
    assert_eq!(update(&mut host, waive)["changes"], json!([]));
    let page = text(&mut host, "execute_task", json!({"task_id": "build"}));
    assert!(page.contains("## To be done without\n- `design` Title of design: it is obvious"), "{page}");
    let depends_on = detail(&mut host, "build")["depends_on"].clone();
    assert_eq!((&depends_on[0]["state"], &depends_on[0]["reason"]), (&json!("waived"), &json!("it is obvious")));
    let sql = "SELECT note FROM event WHERE kind = 'dependency_waived'";
    assert_eq!(one::<String>(&host, sql), "it is obvious");
    let no_reason = json!({"task_id": "check", "waive_dependencies": [{"task_id": "build", "reason": " "}]});
    let said = problem(&mut host, no_reason);
    assert_eq!(said, "/waive_dependencies/0/reason: is empty; 1 to 1000 characters are needed");
    let other = problem(&mut host, json!({"task_id": "check", "remove_dependencies": ["design"]}));
    assert_eq!(other, "/remove_dependencies/0: `check` does not depend on `design`; it depends on build");
}

#[test]
fn what_is_only_related_is_not_waited_for_and_makes_no_cycle() {
    let mut host = host();
    shop(&mut host);
    let related = json!({"task_id": "design", "add_dependencies": [{"task_id": "check", "type": "related"}]});
    update(&mut host, related);
    assert_eq!(done(&mut host, "execute_task", json!({"task_id": "design"}))["status"], "active");
}

#[test]
fn nothing_is_made_to_wait_for_itself() {
    let mut host = host();
    shop(&mut host);
    let mut said = |id: &str, on: &str| problem(&mut host, json!({"task_id": id, "add_dependencies": [on]}));
    assert!(said("design", "check").ends_with("design -> check -> build -> design"));
    assert_eq!(said("design", "design"), "/add_dependencies/0: a task cannot depend on itself");
    assert!(said("shop", "check").contains("shop -> check -> shop"), "a plan cannot wait for its part");
    assert!(said("design", "shop").contains("design -> shop -> design"), "nor a part for its plan");
    assert!(said("build", "desing").contains("did you mean `design`?"));
}

#[test]
fn what_is_settled_is_linked_to_nothing_that_waits() {
    let mut host = host();
    task(&mut host, "a");
    task(&mut host, "b");
    done(&mut host, "cancel_task", json!({"task_id": "a"}));
    let said = problem(&mut host, json!({"task_id": "b", "add_dependencies": ["a"]}));
    assert_eq!(said, "/add_dependencies/0: `a` is cancelled and will never be completed");
    let said = problem(&mut host, json!({"task_id": "a", "add_dependencies": ["b"]}));
    assert_eq!(said, "/add_dependencies: `a` is cancelled: it waits for nothing any more");
}

#[test]
fn a_task_has_at_most_five_hundred_prerequisites() {
    let mut host = host();
    let parts: Vec<_> = (0..500).map(|i| subtask(&format!("p{i:03}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"description": "d", "subtasks": parts}));
    task(&mut host, "last");
    task(&mut host, "one_more");
    let ids: Vec<_> = (0..500).map(|i| format!("p{i:03}")).collect();
    update(&mut host, json!({"task_id": "last", "add_dependencies": ids}));
    let said = problem(&mut host, json!({"task_id": "last", "add_dependencies": ["one_more"]}));
    assert_eq!(said, "/add_dependencies: has 501 items; at most 500 are allowed");
}

#[test]
fn bad_arguments_are_told_all_at_once() {
    let mut host = host();
    task(&mut host, "a");
    let said = problem(
        &mut host,
        json!({"task_id": "a", "title": " ", "description": "d".repeat(20_001), "due_date": "soon", "context": 5,
            "add_dependencies": ["a b", {"task_id": "x", "input": "i", "type": "approval"}]}),
    );
    for part in [
        "/title: is empty; 1 to 255 characters are needed",
        "/description: has 20001 characters; at most 20000 are allowed",
        "/due_date: is no date",
        "/context: is neither an object nor a string",
        "/add_dependencies/0: is no id",
        "/add_dependencies/1/input: is only for a dependency of type data",
    ] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let twice = json!({"task_id": "a", "add_dependencies": ["b"], "remove_dependencies": ["b"]});
    assert_eq!(problem(&mut host, twice), ": the dependency on `b` is named twice");
    let unknown = problem(&mut host, json!({"task_id": "a", "specialist_type": "codr"}));
    assert!(unknown.starts_with("/specialist_type: `codr` is not a specialist; did you mean `coder`?"), "{unknown}");
    let word = problem(&mut host, json!({"task_id": "a", "priority": "hihg"}));
    assert!(word.contains("did you mean `high`?"), "{word}");
    let object = problem(&mut host, json!({"task_id": "a", "add_dependencies": [{"task_id": "b", "kind": "data"}]}));
    assert!(object.contains("unknown field `kind`"), "{object}");
    let number = problem(&mut host, json!({"task_id": "a", "add_dependencies": [5]}));
    assert!(number.contains("a dependency is an id or {task_id, type, input}"), "{number}");
}

#[test]
fn tasks_of_other_workspaces_are_not_there() {
    let mut host = host();
    task(&mut host, "a");
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    for tool in ["update_task", "delete_task", "cancel_task", "query_tasks"] {
        assert_eq!(refused(&mut host, tool, json!({"task_id": "a"})).code(), "unknown-task", "{tool}");
    }
}

#[test]
fn the_most_that_is_allowed_is_taken_and_one_more_is_not() {
    let mut host = host();
    for id in ["a", "b"] {
        task(&mut host, id);
    }
    let text = |count: usize| json!("é".repeat(count));
    let object = |count: usize| json!({"a": "c".repeat(count)});
    let input = |count: usize| json!([{"task_id": "b", "input": "é".repeat(count)}]);
    let waived = |count: usize| json!([{"task_id": "b", "reason": "é".repeat(count)}]);
    let named = |count: usize| json!({"n".repeat(count): 1});
    let noted = |count: usize| json!({"n": "é".repeat(count)});
    for (field, most, more, said) in [
        ("title", text(255), text(256), "/title: has 256 characters; at most 255 are allowed"),
        ("description", text(20_000), text(20_001), "/description: has 20001 characters; at most 20000 are allowed"),
        ("estimated_effort", text(255), text(256), "/estimated_effort: has 256 characters; at most 255 are allowed"),
        ("context", object(19_992), object(19_993), "/context: has 20001 characters; at most 20000 are allowed"),
        ("add_dependencies", input(64), input(65), "/0/input: has 65 characters; at most 64 are allowed"),
        ("waive_dependencies", waived(1000), waived(1001), "/0/reason: has 1001 characters; at most 1000 are allowed"),
        ("attributes", named(64), named(65), "has 65 characters; at most 64 are allowed"),
        ("attributes", noted(4000), noted(4001), "/n: has 4001 characters; at most 4000 are allowed"),
    ] {
        let with = |value: Value| json!({"task_id": "a", field: value});
        let problem = problem(&mut host, with(more));
        assert!(problem.starts_with(&format!("/{field}")) && problem.contains(said), "{problem}");
        update(&mut host, with(most));
    }
}

#[test]
fn lists_of_dependencies_have_limits() {
    let mut host = host();
    task(&mut host, "a");
    for field in ["add_dependencies", "remove_dependencies", "waive_dependencies"] {
        let list = |count: usize| {
            let one = |i: usize| match field {
                "waive_dependencies" => json!({"task_id": format!("p{i}"), "reason": "r"}),
                _ => json!(format!("p{i}")),
            };
            json!({"task_id": "a", field: (0..count).map(one).collect::<Vec<_>>()})
        };
        let said = problem(&mut host, list(501));
        assert_eq!(said, format!("/{field}: has 501 items; at most 500 are allowed"));
        let said = problem(&mut host, list(500));
        assert!(!said.contains("items") && said.contains("p0"), "there are no such tasks: {said}");
    }
}
