mod own;
mod python;

use mainstay_plugin::Context;
use serde_json::{Value, json};

use crate::task::Task;
use crate::testing::{Host, chain, done, host, refused, text};
use crate::workspace::Workspace;

/// Every line of an export.
fn exported(host: &mut Host, arguments: &Value) -> Vec<String> {
    let (mut lines, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let mut arguments = arguments.clone();
        arguments["cursor"] = cursor;
        let text = text(host, "export", arguments);
        let (page, last) = text.rsplit_once('\n').unwrap_or(("", &text));
        lines.extend(page.lines().map(str::to_owned));
        let last: Value = serde_json::from_str(last).expect("the last line is JSON");
        cursor = last["next"].clone();
        if cursor.is_null() {
            return lines;
        }
    }
}

/// Takes records in, a few at a time as the command line does, and adds up the reports.
fn imported(host: &mut Host, arguments: &Value, records: &[Value]) -> Value {
    let mut sum = json!({"taken": {}, "there": {}, "left_out": [], "changed": []});
    let mut workspace = Value::Null;
    for records in records.chunks(7) {
        let mut arguments = arguments.clone();
        arguments["workspace"] = workspace;
        arguments["records"] = records.to_vec().into();
        let report: Value = serde_json::from_str(&text(host, "import", arguments)).expect("JSON");
        for field in ["taken", "there"] {
            for (kind, count) in report[field].as_object().expect("counts") {
                let before = sum[field][kind].as_i64().unwrap_or(0);
                sum[field][kind] = (before + count.as_i64().expect("a count")).into();
            }
        }
        for field in ["left_out", "changed"] {
            let more = report[field].as_array().expect("a list").clone();
            sum[field].as_array_mut().expect("a list").extend(more);
        }
        workspace = report["workspace"].clone();
    }
    sum
}

fn parsed(lines: &[String]) -> Vec<Value> {
    lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_thousand_records_go_in_one_call_and_ten_thousand_in_a_dry_run() {
    let mut host = host();
    for (dry_run, most) in [(false, 1_000), (true, 10_000)] {
        let call = |count: usize| json!({"source": "mainstay", "dry_run": dry_run, "records": vec![json!({}); count]});
        let said = refused(&mut host, "import", call(most + 1)).to_string();
        assert_eq!(said, format!("/records: has {} items; at most {most} are allowed", most + 1));
        let report = match dry_run {
            true => refused(&mut host, "import", call(most)).to_string(),
            false => text(&mut host, "import", call(most)),
        };
        let report: Value = serde_json::from_str(&report).expect("the report");
        assert_eq!(report["left_out"].as_array().map(Vec::len), Some(most), "none of them is of any kind");
    }
}

#[test]
fn a_text_of_a_record_has_at_most_four_mebibytes() {
    let kind = super::kinds::of_name("artifact").expect("a kind");
    let cells = |bytes: usize| {
        let record = json!({"content": "x".repeat(bytes)});
        super::record::cells(kind, record.as_object().expect("fields")).map(drop)
    };
    assert_eq!(cells(4 * 1024 * 1024), Ok(()));
    assert_eq!(cells(4 * 1024 * 1024 + 1), Err("content has 4194305 bytes; at most 4194304 are allowed".to_owned()));
}

#[test]
fn a_page_of_an_export_has_at_most_five_hundred_records() {
    let mut host = host();
    let parts: Vec<_> = (0..500).map(|i| crate::testing::subtask(&format!("p{i}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    let page = text(&mut host, "export", json!({}));
    // The first line names the format, the last the next page.
    assert_eq!(page.lines().count(), 1 + 500 + 1);
    assert_eq!(exported(&mut host, &json!({})).iter().filter(|line| line.contains("\"kind\":\"task\"")).count(), 501);
}

#[test]
fn a_dependency_that_is_too_much_to_look_into_is_taken_as_it_is() {
    let mut host = host();
    chain(&mut host, 10_000);
    let task = |cx: &Context<'_>, id: &str| Task::require(cx, &Workspace::of_caller(cx)?, "/task_id", id);
    let mut problem = |waiting: &str, on: &str| {
        let problem = host.read(|_, cx| super::waiting::problem(cx, &task(cx, waiting)?, &task(cx, on)?));
        problem.expect("no failure")
    };
    assert_eq!(problem("t1", "held"), None);
    assert_eq!(problem("t1", "free"), None);
    assert_eq!(problem("t1", "t2").as_deref(), Some("they would wait for each other"));
}
