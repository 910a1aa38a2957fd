use serde_json::{Value, json};

use crate::artifact;
use crate::testing::{Host, complete, done, hint, host, refused, rows, task};

fn write(host: &mut Host, name: &str, content: &str) -> Value {
    done(host, "artifacts", json!({"action": "write", "task_id": "a", "name": name, "content": content}))
}

fn append(id: &Value, content: &str) -> Value {
    json!({"action": "append", "artifact_id": id, "content": content})
}

#[test]
fn versions_count_by_name() {
    let mut host = host();
    task(&mut host, "a");
    let versions = ["report", "notes", "report", "notes", "report"].map(|name| {
        let content = format!("{name} {}", rows(&host, "artifact"));
        write(&mut host, name, &content)["version"].clone()
    });
    assert_eq!(versions, [1, 1, 2, 2, 3].map(Value::from));
}

#[test]
fn the_same_again_makes_no_new_version() {
    let mut host = host();
    task(&mut host, "a");
    let long = "é".repeat(100_000);
    let first = write(&mut host, "report", &long);
    host.fresh_instance();
    assert_eq!(write(&mut host, "report", &long), first);
    assert_eq!(write(&mut host, "report", "other")["version"], 2);
    assert_eq!(write(&mut host, "report", &long)["version"], 3);
}

#[test]
fn only_the_last_version_is_added_to() {
    let mut host = host();
    task(&mut host, "a");
    let old = write(&mut host, "report", "one")["artifact_id"].clone();
    let new = write(&mut host, "report", "two")["artifact_id"].clone();
    let failure = refused(&mut host, "artifacts", append(&old, "more"));
    assert_eq!(
        (failure.code(), hint(&failure)),
        ("older-version", format!("Append to `{}`.", new.as_str().expect("id")))
    );
    assert_eq!(done(&mut host, "artifacts", append(&new, "more"))["total_bytes"], 7);
}

#[test]
fn a_delivery_is_not_added_to() {
    let mut host = host();
    task(&mut host, "a");
    let id = complete(&mut host, "a")["artifact_id"].clone();
    assert_eq!(refused(&mut host, "artifacts", append(&id, "more")).code(), "delivered");
}

#[test]
fn what_is_written_beside_a_task_is_not_its_delivery() {
    let mut host = host();
    task(&mut host, "a");
    write(&mut host, "notes", "n");
    let first = complete(&mut host, "a");
    write(&mut host, "notes", "m");
    assert_eq!(complete(&mut host, "a"), first, "the same delivery again");
    let newest = done(&mut host, "artifacts", json!({"task_id": "a"}));
    assert_eq!((&newest["content"], &newest["version"]), (&json!("Work of a"), &json!(1)));
}

#[test]
fn an_append_can_say_where_it_goes() {
    let mut host = host();
    task(&mut host, "a");
    let id = write(&mut host, "report", "one")["artifact_id"].clone();
    let mut at_end = append(&id, "two");
    at_end["offset"] = json!(3);
    done(&mut host, "artifacts", at_end.clone());
    let failure = refused(&mut host, "artifacts", at_end);
    assert_eq!(failure.code(), "not-the-end");
    assert!(hint(&failure).contains("offset 6"), "{failure:?}");
}

#[test]
fn an_artifact_has_at_most_one_gibibyte() {
    let mut host = host();
    task(&mut host, "a");
    let id = write(&mut host, "report", "one")["artifact_id"].clone();
    let almost = "UPDATE artifact SET bytes = ?1, chunks = 20000";
    host.host().connection().execute(almost, [artifact::BYTES.cast_signed() - 2]).expect("very long");
    let failure = refused(&mut host, "artifacts", append(&id, "two"));
    assert_eq!(failure.code(), "too-large");
    assert!(failure.to_string().contains("1073741824"), "{failure}");
    done(&mut host, "artifacts", append(&id, "ü"));
}

#[test]
fn nothing_is_written_for_an_archived_task() {
    let mut host = host();
    task(&mut host, "a");
    let id = write(&mut host, "n", "one")["artifact_id"].clone();
    host.host().connection().execute("UPDATE task SET status = 'archived'", []).expect("archived");
    assert_eq!(refused(&mut host, "artifacts", append(&id, "two")).code(), "archived");
    let arguments = json!({"action": "write", "task_id": "a", "name": "n", "content": "c"});
    assert_eq!(refused(&mut host, "artifacts", arguments).code(), "archived");
}

#[test]
fn small_portions_become_few_rows() {
    let mut host = host();
    task(&mut host, "a");
    let id = write(&mut host, "log", "0")["artifact_id"].clone();
    for _ in 0..200 {
        done(&mut host, "artifacts", append(&id, &"漢字\n".repeat(30)));
    }
    assert!(rows(&host, "artifact_chunk") < 8, "{}", rows(&host, "artifact_chunk"));
    let total = done(&mut host, "artifacts", json!({"artifact_id": id}))["total_bytes"].clone();
    assert_eq!(total, 1 + 200 * 30 * 7);
}
