use mainstay_plugin::{Content, Plugin, PromptError, PromptResult};
use serde_json::json;

use crate::testing::{Host, complete, delivery, done, host, shop, status, subtask};

fn get_with(host: &mut Host, name: &str, arguments: &[(&str, &str)]) -> Result<PromptResult, PromptError> {
    let arguments: Vec<_> = arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    host.read(|plugin, cx| plugin.get_prompt(cx, name, &arguments))
}

fn get(host: &mut Host, name: &str, task: Option<&str>) -> Result<PromptResult, PromptError> {
    let arguments: Vec<_> = task.map(|task| ("task_id", task)).into_iter().collect();
    get_with(host, name, &arguments)
}

fn names(host: &mut Host) -> Vec<String> {
    let prompts = host.read(|plugin, cx| plugin.list_prompts(cx)).expect("a list");
    prompts.into_iter().map(|prompt| prompt.name).collect()
}

fn text(result: &PromptResult) -> &str {
    let Content::Text(text) = &result.messages[0].content else { panic!("not text") };
    &text.text
}

#[test]
fn there_is_one_prompt_for_every_role() {
    let mut host = host();
    let prompts = host.read(|plugin, cx| plugin.list_prompts(cx)).expect("a list");
    assert_eq!(prompts.len(), 3 + 12);
    for prompt in &prompts[3..] {
        assert!(prompt.arguments.len() == 1 && !prompt.arguments[0].required);
        let result = get(&mut host, &prompt.name, None).expect("each can be had");
        assert!(text(&result).starts_with("You are a"), "{}", prompt.name);
        assert_eq!(result.description, prompt.title);
    }
}

#[test]
fn a_task_adds_its_briefing_and_nothing_changes() {
    let mut host = host();
    shop(&mut host);
    let result = get(&mut host, "architect", Some("design")).expect("a prompt");
    let text = text(&result);
    assert!(text.contains("# Task `design`: Title of design\n\nDescription of design"), "{text}");
    assert!(text.ends_with("To begin, call orchestrator_execute_task {\"task_id\": \"design\"}."), "{text}");
    assert_eq!(status(&host, "design"), "pending");
}

#[test]
fn an_unknown_role_or_task_is_refused() {
    let mut host = host();
    shop(&mut host);
    assert!(matches!(get(&mut host, "wizard", None), Err(PromptError::UnknownPrompt)));
    for bad in ["desing", "a b"] {
        let error = get(&mut host, "architect", Some(bad)).expect_err("no such task");
        assert!(matches!(error, PromptError::InvalidArgument((name, _)) if name == "task_id"), "{bad}");
    }
}

#[test]
fn planning_is_explained_with_the_specialists_there_are() {
    let mut host = host();
    host.host().write_file("/home/user/project/x_roles.yaml", "scout: {role_definition: Look ahead}\n");
    let result = get_with(&mut host, "plan", &[("goal", "Sell bicycles 🚲")]).expect("a prompt");
    let text = text(&result);
    assert!(text.starts_with("# Goal\n\nSell bicycles 🚲\n"), "{text}");
    assert!(text.contains("- architect: ") && text.contains("- scout: Look ahead") && text.len() < 2_500, "{text}");
    for bad in [vec![], vec![("goal", " ")], vec![("goal", &*"x".repeat(20_001))], vec![("goal", "a\0b")]] {
        let error = get_with(&mut host, "plan", &bad).expect_err("no goal");
        assert!(matches!(error, PromptError::InvalidArgument((name, _)) if name == "goal"));
    }
}

#[test]
fn a_handover_tells_what_is_done_and_what_is_next() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let result = get_with(&mut host, "handover", &[("plan_id", "shop")]).expect("a prompt");
    let page = text(&result);
    for part in ["# Taking over `shop`: Build a shop (active)", "1 of 3 parts are finished.", "Summary of design"] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(page.ends_with("To begin, call orchestrator_execute_task {\"task_id\": \"build\"}."), "{page}");
    for id in ["build", "check"] {
        complete(&mut host, id);
    }
    let result = get_with(&mut host, "handover", &[("plan_id", "shop")]).expect("a prompt");
    assert!(text(&result).contains("orchestrator_synthesize_results"));
    let error = get_with(&mut host, "handover", &[]).expect_err("which?");
    assert!(matches!(error, PromptError::InvalidArgument((name, _)) if name == "plan_id"));
}

#[test]
fn a_review_names_what_was_delivered_and_may_be_anybodys() {
    let mut host = host();
    shop(&mut host);
    let arguments = [("task_id", "design")];
    let result = get_with(&mut host, "review", &arguments).expect("a prompt");
    assert!(text(&result).starts_with("You are a reviewer") && text(&result).contains("Nothing was delivered yet."));
    assert!(text(&result).contains("next_action \"needs_revision\""));
    let uri = complete(&mut host, "design")["artifact_uri"].as_str().expect("a uri").to_owned();
    let arguments = [("task_id", "design"), ("specialist_type", "tester")];
    let result = get_with(&mut host, "review", &arguments).expect("a prompt");
    assert!(text(&result).starts_with("You are a tester") && text(&result).contains(&uri));
    let arguments = [("task_id", "design"), ("specialist_type", "testre")];
    let error = get_with(&mut host, "review", &arguments).expect_err("no such role");
    let PromptError::InvalidArgument((name, why)) = error else { panic!("{error:?}") };
    assert!(name == "specialist_type" && why.contains("did you mean `tester`"), "{why}");
}

#[test]
fn a_role_that_is_called_like_another_prompt_is_found_under_a_longer_name() {
    let mut host = host();
    let roles: String = ["plan", "handover", "review"].map(|id| format!("{id}: {{role_definition: Mine}}\n")).concat();
    host.host().write_file("/home/user/project/x_roles.yaml", &roles);
    let mut names = names(&mut host);
    assert_eq!(names[..3], ["plan", "handover", "review"]);
    assert_eq!(names[15..], ["role:plan", "role:handover", "role:review"]);
    let result = get(&mut host, "role:plan", None).expect("the role");
    assert_eq!(text(&result), "Mine.");
    assert!(matches!(get(&mut host, "plan", None), Err(PromptError::InvalidArgument(_))));
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 18);
}

#[test]
fn a_goal_has_at_most_twenty_thousand_characters() {
    let mut host = host();
    get_with(&mut host, "plan", &[("goal", &"é".repeat(20_000))]).expect("a prompt");
    let error = get_with(&mut host, "plan", &[("goal", &"é".repeat(20_001))]).expect_err("too long");
    let PromptError::InvalidArgument((_, why)) = error else { panic!("{error:?}") };
    assert_eq!(why, "/goal: has 20001 characters; at most 20000 are allowed");
}

#[test]
fn of_many_roles_forty_are_told_and_the_others_named() {
    let mut host = host();
    let roles: String = (0..30).map(|i| format!("role_{i}: {{role_definition: Look}}\n")).collect();
    host.host().write_file("/home/user/project/x_roles.yaml", &roles);
    let result = get_with(&mut host, "plan", &[("goal", "g")]).expect("a prompt");
    let text = text(&result);
    assert!(text.contains("- role_27: Look\n- and role_28, role_29\n"), "{text}");
}

#[test]
fn a_handover_tells_of_fifty_parts_and_cuts_long_texts() {
    let mut host = host();
    for (count, id) in [(50, "p"), (51, "q")] {
        let parts: Vec<_> = (0..count).map(|i| subtask(&format!("{id}{i}"), "coder", &[])).collect();
        let description = "d".repeat(if count == 50 { 2000 } else { 2001 });
        done(&mut host, "plan_task", json!({"task_id": id, "description": description, "subtasks": parts}));
    }
    let mut long = delivery("q0");
    long["summary"] = json!("s".repeat(301));
    done(&mut host, "complete_task", long);
    let whole = get_with(&mut host, "handover", &[("plan_id", "p")]).expect("a prompt");
    assert!(text(&whole).contains("`p49`") && !text(&whole).contains("more parts"), "{}", text(&whole));
    assert!(text(&whole).contains(&"d".repeat(2000)));
    let cut = get_with(&mut host, "handover", &[("plan_id", "q")]).expect("a prompt");
    assert!(text(&cut).contains("`q49`") && text(&cut).contains("- and 1 more parts\n"), "{}", text(&cut));
    assert!(text(&cut).contains(&format!("{}…", "d".repeat(1999))));
    assert!(text(&cut).contains(&format!("Delivered: {}…\n", "s".repeat(299))));
}
