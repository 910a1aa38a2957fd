use serde_json::json;

use super::{Catalogue, Published, compose};
use crate::model::SlotName;
use crate::model::surface::ToolText;
use crate::store::PublishedTool;

fn slot(name: &str) -> SlotName {
    name.parse().unwrap()
}

fn text(name: &str, title: &str) -> ToolText {
    ToolText::new(name, &json!({ "name": name, "title": title }))
}

fn stored(of: &str, name: &str) -> PublishedTool {
    PublishedTool { slot: slot(of), tool: text(name, "1"), edited_at: 0 }
}

fn shown(tools: &[PublishedTool]) -> Vec<(&str, u64)> {
    tools.iter().map(|tool| (tool.tool.name.as_str(), tool.edited_at)).collect()
}

#[test]
fn what_is_in_place_stays_there_and_what_is_new_comes_last() {
    let before = vec![stored("a", "x"), stored("b", "y"), stored("a", "z")];
    let offered = [(slot("a"), vec![text("new", "1"), text("z", "2"), text("x", "1")])];
    let tools = compose(before, &offered, &[slot("a"), slot("b")], 7);
    assert_eq!(shown(&tools), [("x", 0), ("y", 0), ("z", 7), ("new", 0)]);
}

#[test]
fn tools_of_slots_that_are_not_served_are_not_shown() {
    let tools = compose(vec![stored("a", "x"), stored("b", "y")], &[], &[slot("b")], 7);
    assert_eq!(shown(&tools), [("y", 0)]);
}

#[test]
fn only_a_list_that_changed_is_news() {
    let catalogue = Catalogue::new();
    let mut news = catalogue.subscribe();
    catalogue.replace(vec![stored("a", "x")]);
    assert!(news.has_changed().unwrap());
    news.mark_unchanged();
    catalogue.replace(vec![stored("a", "x")]);
    assert!(!news.has_changed().unwrap());
    catalogue.replace(vec![stored("a", "x"), stored("a", "y")]);
    assert!(news.has_changed().unwrap());
}

#[test]
fn the_nearest_tool_is_named_only_if_it_is_near() {
    let published = Published::new(vec![stored("a", "orchestrator_plan_task"), stored("a", "orchestrator_get_status")]);
    assert_eq!(published.nearest("orchestrator_plan_tasks"), Some("orchestrator_plan_task"));
    assert_eq!(published.nearest("zzz"), None);
}
