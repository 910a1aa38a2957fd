use mainstay_plugin::{Content, Plugin, PromptError, PromptResult};

use crate::testing::{Host, host, shop, status};

fn get(host: &mut Host, name: &str, task: Option<&str>) -> Result<PromptResult, PromptError> {
    let arguments: Vec<_> = task.map(|task| ("task_id".to_owned(), task.to_owned())).into_iter().collect();
    host.read(|plugin, cx| plugin.get_prompt(cx, name, &arguments))
}

fn text(result: &PromptResult) -> &str {
    let Content::Text(text) = &result.messages[0].content else { panic!("not text") };
    &text.text
}

#[test]
fn there_is_one_prompt_for_every_role() {
    let mut host = host();
    let prompts = host.read(|plugin, cx| plugin.list_prompts(cx)).expect("a list");
    assert_eq!(prompts.len(), 12);
    for prompt in &prompts {
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
