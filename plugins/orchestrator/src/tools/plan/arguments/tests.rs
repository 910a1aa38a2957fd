use mainstay_plugin::Failure;
use serde_json::{Value, json};

use super::{PlanTask, made_title};
use crate::roles::Specialist;
use crate::tools::plan::draft::Draft;
use crate::words::{Complexity, TaskType};

fn draft(arguments: Value) -> Result<Draft, Failure> {
    serde_json::from_value::<PlanTask>(arguments)
        .map_err(|error| Failure::argument("", error.to_string()))?
        .into_draft()
}

fn problem(arguments: Value) -> String {
    draft(arguments).expect_err("it is refused").to_string()
}

#[test]
fn a_plan_is_called_after_its_description_and_given_to_a_coordinator() {
    let parts = json!([{"title": "t", "description": "d", "specialist_type": "coder"}]);
    let draft = draft(json!({"description": "\n Build it. \nAnd well.", "subtasks": parts})).expect("a plan");
    let plan = &draft.tasks[0];
    assert_eq!(plan.title, "Build it.");
    assert_eq!((plan.task_type, plan.specialist.clone()), (TaskType::Breakdown, Specialist::Coordinator.into()));
    assert_eq!(draft.tasks[1].field, "/subtasks/0");
}

#[test]
fn one_task_has_what_it_was_given() {
    let arguments = json!({"title": "t", "description": "d", "task_type": "research", "complexity": "trivial",
        "specialist_type": "analyst", "estimated_effort": "1 h", "due_date": "2026-02-01", "context": {"a": 1}});
    let draft = draft(arguments).expect("a task");
    let task = &draft.tasks[0];
    assert_eq!((task.task_type, task.complexity), (TaskType::Research, Complexity::Trivial));
    assert_eq!((task.specialist.clone(), task.effort.as_deref()), (Specialist::Analyst.into(), Some("1 h")));
    assert_eq!((task.due_at, task.context.as_deref()), (Some(1_769_904_000_000), Some("{\"a\":1}")));
}

#[test]
fn the_older_name_of_complexity_is_understood() {
    let task = draft(json!({"title": "t", "description": "d", "complexity_level": "very_complex"})).expect("a task");
    assert_eq!(task.tasks[0].complexity, Complexity::VeryComplex);
    let both = json!({"title": "t", "description": "d", "complexity_level": "simple", "complexity": "simple"});
    assert!(problem(both).starts_with("/complexity_level: is given beside complexity"));
}

#[test]
fn subtasks_come_as_json_text_too() {
    let text =
        r#"[{"title": "t", "description": "d", "specialist_type": "tester", "task_id": "x", "dependencies": []}]"#;
    let draft = draft(json!({"description": "d", "subtasks_json": text, "context": "c"})).expect("a plan");
    assert_eq!((draft.tasks[1].id.as_deref(), draft.tasks[1].field.as_str()), (Some("x"), "/subtasks_json/0"));
    assert_eq!(draft.tasks[0].context.as_deref(), Some("\"c\""));
}

#[test]
fn text_that_is_no_list_of_subtasks_is_refused_with_the_place() {
    assert!(problem(json!({"description": "d", "subtasks_json": "{"})).starts_with("/subtasks_json: is no JSON array"));
    assert!(
        problem(json!({"description": "d", "subtasks_json": "{}"})).starts_with("/subtasks_json: is no JSON array")
    );
    let missing = json!({"description": "d", "subtasks_json": r#"[{"title": "t"}]"#});
    assert_eq!(problem(missing), "/subtasks_json/0: missing field `description`");
    let misspelt = r#"[{"title": "t", "description": "d", "specialist_type": "coder", "depends_on": ["a"]}]"#;
    let misspelt = problem(json!({"description": "d", "subtasks_json": misspelt}));
    assert!(misspelt.starts_with("/subtasks_json/0: unknown field `depends_on`"), "{misspelt}");
}

#[test]
fn one_task_needs_a_title_and_a_plan_needs_parts() {
    assert!(problem(json!({"description": "d"})).starts_with("/title: is missing"));
    assert!(problem(json!({"title": " ", "description": "d"})).starts_with("/title: is empty"));
    assert!(problem(json!({"description": "d", "subtasks": []})).starts_with("/subtasks: is empty"));
    assert!(problem(json!({"description": "d", "subtasks_json": "[]"})).starts_with("/subtasks_json: is empty"));
    let both = json!({"description": "d", "subtasks": [], "subtasks_json": "[]"});
    assert!(problem(both).starts_with("/subtasks_json: is given beside subtasks"));
}

#[test]
fn limits_are_told_with_field_and_number() {
    let long = problem(json!({"title": "t".repeat(256), "description": "d".repeat(20_001)}));
    let title = "/title: has 256 characters; at most 255 are allowed";
    let rest = "the rest fits in an artifact of the task (orchestrator_artifacts) or in subtasks";
    assert_eq!(long, format!("{title}; /description: has 20001 characters; at most 20000 are allowed: {rest}"));
    let context = problem(json!({"title": "t", "description": "d", "context": "c".repeat(20_001)}));
    assert_eq!(context, format!("/context: has 20003 characters; at most 20000 are allowed: {rest}"));
    let part = json!({"title": "t", "description": "d", "specialist_type": "coder"});
    let many = problem(json!({"description": "d", "subtasks": vec![part.clone(); 501]}));
    let rest = "plan the rest in further calls with parent_task_id, the id of this plan";
    assert_eq!(many, format!("/subtasks: has 501 items; at most 500 are allowed: {rest}"));
    assert!(draft(json!({"description": "d", "subtasks": vec![part; 500]})).is_ok());
    assert!(draft(json!({"title": "t".repeat(255), "description": "d".repeat(20_000)})).is_ok());
}

#[test]
fn nul_characters_are_refused_wherever_they_are() {
    for (field, arguments) in [
        ("/title", json!({"title": "a\0", "description": "d"})),
        ("/description", json!({"title": "t", "description": "a\0"})),
        ("/estimated_effort", json!({"title": "t", "description": "d", "estimated_effort": "a\0"})),
        ("/context", json!({"title": "t", "description": "d", "context": {"a": ["b\0"]}})),
        ("/context", json!({"title": "t", "description": "d", "context": "b\0"})),
    ] {
        let problem = problem(arguments);
        assert_eq!(problem, format!("{field}: contains a NUL character, which cannot be stored"));
    }
}

#[test]
fn ids_and_dates_are_checked() {
    assert!(problem(json!({"title": "t", "description": "d", "task_id": "a b"})).starts_with("/task_id: is no id"));
    assert!(
        problem(json!({"title": "t", "description": "d", "parent_task_id": ""})).starts_with("/parent_task_id: is")
    );
    let dependency = problem(json!({"title": "t", "description": "d", "dependencies": ["a", "b/c"]}));
    assert!(dependency.starts_with("/dependencies/1: is no id"), "{dependency}");
    assert!(
        problem(json!({"title": "t", "description": "d", "due_date": "soon"})).starts_with("/due_date: is no date")
    );
    assert!(problem(json!({"title": "t", "description": "d", "context": 5})).starts_with("/context: is neither"));
}

#[test]
fn a_title_is_one_line() {
    let draft = draft(json!({"title": " Build\n- the  shop ", "description": "d"})).expect("a task");
    assert_eq!(draft.tasks[0].title, "Build - the shop");
}

#[test]
fn a_made_title_is_one_line_and_short() {
    assert_eq!(made_title("\n\n First line \nsecond"), "First line");
    assert_eq!(made_title(&"x".repeat(100)).chars().count(), 80);
}

#[test]
fn the_most_that_is_allowed_is_taken_and_one_more_is_not() {
    let text = |count: usize| json!("é".repeat(count));
    let id = |count: usize| json!("x".repeat(count));
    let ids = |count: usize| json!((0..count).map(|i| format!("p{i}")).collect::<Vec<_>>());
    let input = |count: usize| json!([{"task_id": "a", "input": "é".repeat(count)}]);
    let no_id = "is no id: 1 to 64 of A-Z a-z 0-9 _ - are allowed";
    let cases = [
        ("title", text(255), text(256), "/title: has 256 characters; at most 255 are allowed"),
        ("description", text(20_000), text(20_001), "/description: has 20001 characters; at most 20000 are allowed"),
        ("estimated_effort", text(255), text(256), "/estimated_effort: has 256 characters; at most 255 are allowed"),
        ("dependencies", ids(500), ids(501), "/dependencies: has 501 items; at most 500 are allowed"),
        ("dependencies", input(64), input(65), "/dependencies/0/input: has 65 characters; at most 64 are allowed"),
        ("task_id", id(64), id(65), &format!("/task_id: {no_id}")),
    ];
    let with = |field: &str, value: &Value| {
        let mut task = json!({"title": "t", "description": "d"});
        task[field] = value.clone();
        task
    };
    let part = |field: &str, value: &Value| {
        let mut part = with(field, value);
        part["specialist_type"] = json!("coder");
        json!({"description": "d", "subtasks": [part]})
    };
    for (field, most, more, said) in cases {
        assert!(draft(with(field, &most)).is_ok() && draft(part(field, &most)).is_ok(), "{field}");
        // Some go on with what to do instead.
        let (alone, within) = (problem(with(field, &more)), problem(part(field, &more)));
        assert!(alone.starts_with(said), "{alone}");
        assert!(within.starts_with(&format!("/subtasks/0{said}")), "{within}");
    }
    // As JSON text, with its quotes and braces.
    let object = |count: usize| json!({"a": "c".repeat(count)});
    let long = "/context: has 20001 characters; at most 20000 are allowed";
    let cases = [
        ("context", text(19_998), text(19_999), long),
        ("context", object(19_992), object(19_993), long),
        ("parent_task_id", id(64), id(65), &format!("/parent_task_id: {no_id}")),
    ];
    for (field, most, more, said) in cases {
        assert!(draft(with(field, &most)).is_ok(), "{field}");
        let problem = problem(with(field, &more));
        assert!(problem.starts_with(said), "{problem}");
    }
}
