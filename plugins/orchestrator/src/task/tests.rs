use serde_json::json;

use super::path;
use crate::testing::{done, hint, host, refused, shop, status, task};

#[test]
fn an_unknown_id_brings_up_the_nearest_ones() {
    let mut host = host();
    shop(&mut host);
    let failure = refused(&mut host, "execute_task", json!({"task_id": "desing"}));
    assert_eq!(failure.code(), "unknown-task");
    assert_eq!(failure.to_string(), "there is no task `desing` in /home/user/project");
    assert!(hint(&failure).starts_with("Did you mean `design`?"), "{failure:?}");
}

#[test]
fn an_id_that_is_like_no_other_leads_to_the_status() {
    let mut host = host();
    shop(&mut host);
    let failure = refused(&mut host, "execute_task", json!({"task_id": "zzzzzzzzzzzzz"}));
    assert_eq!(hint(&failure), "orchestrator_get_status lists the tasks there are.");
}

#[test]
fn an_id_that_is_none_is_refused_by_field() {
    let mut host = host();
    for bad in ["", "a b", "a\0", &"x".repeat(65)] {
        let failure = refused(&mut host, "execute_task", json!({"task_id": bad}));
        assert!(failure.to_string().starts_with("/task_id: is no id"), "{bad:?}: {failure}");
    }
}

#[test]
fn whoever_works_on_a_part_works_on_the_plans_above() {
    let mut host = host();
    task(&mut host, "top");
    done(&mut host, "plan_task", json!({"task_id": "mid", "title": "t", "description": "d", "parent_task_id": "top"}));
    done(&mut host, "plan_task", json!({"task_id": "leaf", "title": "t", "description": "d", "parent_task_id": "mid"}));
    done(&mut host, "execute_task", json!({"task_id": "leaf"}));
    assert_eq!(["top", "mid", "leaf"].map(|id| status(&host, id)), ["active", "active", "active"]);
}

#[test]
fn paths_put_every_task_between_its_plan_and_the_next() {
    let plan = path(None, 0x1f);
    let part = path(Some(&plan), 0x20);
    assert_eq!(part, "0000001f00000020");
    assert!(part > plan && part < format!("{plan}g"));
}
