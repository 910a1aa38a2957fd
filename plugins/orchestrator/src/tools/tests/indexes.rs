//! No tool reads more the more tasks there are: every statement finds its rows by an index.

mod claims;
mod sessions;
mod tasks;
mod templates;
mod transfer;

use mainstay_plugin::{CompletionRequest, Context, Plugin, Reference};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Orchestrator;
use crate::testing::{Recorder, delivery, subtask};
use crate::tools::{artifacts, board, complete, execute, initialize, plan, status, synthesize};

fn arguments<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("arguments")
}

/// Makes the tools say every kind of thing they can; whether they refuse does not matter here.
fn exercise(cx: &Context<'_>) {
    let plan_task = |value| drop(plan::run(cx, arguments(value)));
    let execute_task = |id: &str| drop(execute::run(cx, &arguments(json!({ "task_id": id }))));
    let complete_task = |id: &str| drop(complete::run(cx, &arguments(delivery(id))));
    let synthesize = |id: &str| drop(synthesize::run(cx, &arguments(json!({ "parent_task_id": id }))));
    drop(initialize::run(cx, &arguments(json!({})), &[]));
    plan_task(json!({"task_id": "first", "title": "t", "description": "d"}));
    plan_task(json!({"task_id": "p", "description": "d", "dependencies": ["first"],
        "subtasks": [subtask("a", "coder", &[]), subtask("b", "tester", &["a"])]}));
    plan_task(json!({"title": "t", "description": "d", "parent_task_id": "first", "dependencies": ["b"]}));
    plan_task(json!({"title": "t", "description": "d", "dependencies": ["unknown"]}));
    let many: Vec<_> = (0..201).map(|i| subtask(&format!("many{i}"), "coder", &[])).collect();
    plan_task(json!({"task_id": "many", "description": "d", "subtasks": many}));
    for id in ["unknown", "a", "first", "p"] {
        execute_task(id);
        complete_task(id);
    }
    complete_task("first");
    execute_task("a");
    synthesize("p");
    complete_task("a");
    complete_task("b");
    drop(initialize::run(cx, &arguments(json!({})), &[]));
    drop(status::run(cx, &arguments(json!({"include_completed": true}))));
    synthesize("p");
    drop(board::run(cx, &arguments(json!({}))));
    drop(board::run(cx, &arguments(json!({"plan_id": "p"}))));
    claims::exercise(cx);
    write_artifacts(cx);
}

fn write_artifacts(cx: &Context<'_>) {
    let call = |value| drop(artifacts::run(cx, &arguments(value)));
    for content in ["x".repeat(200_000), "y".repeat(200_000), "y".repeat(200_000)] {
        call(json!({"action": "write", "task_id": "a", "name": "n", "content": content}));
    }
    let newest = "SELECT id FROM artifact WHERE workspace_id = 1 ORDER BY seq DESC LIMIT 1";
    let row = cx.db().query_one::<(String,)>(newest, Vec::new());
    let id = row.expect("SQL").expect("it was written").0;
    call(json!({"action": "append", "artifact_id": id, "content": "z".repeat(200_000)}));
    call(json!({"artifact_id": id, "offset": 100_000, "length": 100_000}));
    call(json!({"artifact_id": "unknown"}));
    call(json!({"task_id": "a"}));
    call(json!({"action": "list", "task_id": "a"}));
    let mut plugin = Orchestrator::default();
    drop(plugin.read_resource(cx, &format!("orchestrator://artifacts/{id}")));
}

fn read(cx: &Context<'_>) {
    let mut plugin = Orchestrator::default();
    drop(plugin.list_resources(cx, None));
    for uri in ["artifacts/artifact_0", "documents/plan", "tasks/p", "tasks/a"] {
        drop(plugin.read_resource(cx, &format!("orchestrator://{uri}")));
    }
    for (name, argument, value) in [("coder", "task_id", "b"), ("review", "task_id", "a"), ("handover", "plan_id", "p")]
    {
        drop(plugin.get_prompt(cx, name, &[(argument.to_owned(), value.to_owned())]));
    }
    for uri in ["board.json", "board/p.json", "card/b.json", "graph/p.mmd", "graph/many.svg"] {
        plugin.read_resource(cx, &format!("orchestrator://{uri}")).expect("it is there");
    }
    let template = crate::artifact::TEMPLATE.to_owned();
    let graph = crate::resources::SVG.to_owned();
    let references = [
        (Reference::Prompt("coder".to_owned()), "task_id"),
        (Reference::Prompt("review".to_owned()), "task_id"),
        (Reference::Prompt("handover".to_owned()), "plan_id"),
        (Reference::ResourceTemplate(template), "artifact_id"),
        (Reference::ResourceTemplate(graph), "task_id"),
    ];
    for (reference, argument) in references {
        for value in ["", "a"] {
            let request = CompletionRequest {
                reference: reference.clone(),
                argument: argument.to_owned(),
                value: value.to_owned(),
                context: Vec::new(),
            };
            drop(plugin.complete(cx, &request));
        }
    }
}

#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let host = Recorder::new();
    exercise(&host.context());
    sessions::exercise(&host);
    tasks::exercise(&host.context());
    read(&host.context());
    templates::exercise(&host.context());
    transfer::exercise(&host.context());
    let plans = host.plans();
    assert!(plans.len() > 40, "only {} statements were heard", plans.len());
    for (sql, steps) in plans {
        // A list that comes with the call is as long as the call says; the largest `seq` is at the end.
        let reads_all = steps.iter().find(|step| {
            step.starts_with("SCAN")
                && !step.contains("json_each")
                && !step.contains("VIRTUAL TABLE")
                && *step != "SCAN CONSTANT ROW"
        });
        assert_eq!(reads_all, None, "{sql}\n{steps:#?}");
        // By its workspace alone an index finds every task of it, and then some other condition picks a few.
        // There is a row for each status, and for each of a few files.
        let few = ["status_count", "role_file"].iter().any(|table| sql.contains(table));
        let reads = sql.trim_start().starts_with("SELECT") && !sql.contains("LIMIT") && !few;
        let whole = steps.iter().find(|step| reads && step.ends_with("(workspace_id=?)"));
        assert_eq!(whole, None, "{sql}\n{steps:#?}");
        let sorts = steps.iter().find(|step| step.contains("TEMP B-TREE") && !sql.contains("DISTINCT"));
        assert_eq!(sorts, None, "{sql}\n{steps:#?}");
    }
}
