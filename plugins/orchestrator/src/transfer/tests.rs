mod own;
mod python;

use serde_json::{Value, json};

use crate::testing::{Host, text};

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
