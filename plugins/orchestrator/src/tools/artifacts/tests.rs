use serde_json::{Value, json};

use crate::testing::{Host, Recorder, complete, delivery, done, hint, host, refused, rows, task, text};

fn read_all(host: &mut Host, id: &Value) -> String {
    let (mut whole, mut offset) = (String::new(), json!(0));
    loop {
        host.fresh_instance();
        let part = done(host, "artifacts", json!({"artifact_id": id, "offset": offset, "length": 100_000}));
        whole.push_str(part["content"].as_str().expect("text"));
        match part.get("next_offset") {
            Some(next) => offset = next.clone(),
            None => return whole,
        }
    }
}

#[test]
fn ten_megabytes_are_written_in_pieces_and_read_in_parts() {
    let mut host = host();
    task(&mut host, "a");
    let piece = "0123456789 äöü 漢字 \u{1f600}\n".repeat(100_000);
    let write =
        json!({"action": "write", "task_id": "a", "name": "dump.txt", "content": piece, "media_type": "text/plain"});
    let mut stored = done(&mut host, "artifacts", write);
    let id = stored["artifact_id"].clone();
    while stored["total_bytes"].as_u64().expect("a number") < 10_000_000 {
        host.fresh_instance();
        let append = json!({"action": "append", "artifact_id": id, "content": piece, "offset": stored["total_bytes"]});
        stored = done(&mut host, "artifacts", append);
    }
    let whole = read_all(&mut host, &id);
    assert_eq!(whole.len(), stored["total_bytes"].as_u64().expect("a number") as usize);
    assert_eq!(whole, piece.repeat(whole.len() / piece.len()));
    let largest = "SELECT max(octet_length(content)) FROM artifact_chunk";
    let largest: i64 = host.host().connection().query_row(largest, [], |row| row.get(0)).expect("pieces");
    assert!(largest <= 65_536, "{largest}");
}

#[test]
fn four_megabytes_are_delivered_in_one_call_and_again() {
    let mut host = host();
    task(&mut host, "a");
    let work = "ä漢\n".repeat(4 * 1024 * 1024 / 6);
    let mut arguments = delivery("a");
    arguments["detailed_work"] = json!(work);
    let first = done(&mut host, "complete_task", arguments.clone());
    assert_eq!(done(&mut host, "complete_task", arguments.clone()), first);
    assert_eq!(rows(&host, "artifact"), 1);
    assert_eq!(read_all(&mut host, &first["artifact_id"]), work);
    arguments["detailed_work"] = json!(format!("{}!", &work[..work.len() - 1]));
    assert_eq!(refused(&mut host, "complete_task", arguments).code(), "already-completed");
}

#[test]
fn by_default_twenty_thousand_bytes_are_read_and_the_rest_is_a_call() {
    let mut host = host();
    task(&mut host, "a");
    let write = json!({"action": "write", "task_id": "a", "name": "n", "content": "x".repeat(20_001)});
    let id = done(&mut host, "artifacts", write)["artifact_id"].as_str().expect("an id").to_owned();
    let shown = text(&mut host, "artifacts", json!({"artifact_id": id}));
    assert!(shown.starts_with(&format!("`{id}` (n of `a`, version 1): bytes 0 to 20000 of 20001.\n\nxxx")), "{shown}");
    let next = format!("Next: for the rest orchestrator_artifacts {{\"artifact_id\": \"{id}\", \"offset\": 20000}}.");
    assert!(shown.ends_with(&next), "{}", &shown[shown.len() - 200..]);
    let uri = format!("orchestrator://artifacts/{id}/20000");
    assert_eq!(done(&mut host, "artifacts", json!({"artifact_id": uri}))["content"], "x");
}

#[test]
fn names_and_texts_of_every_kind_come_back_as_they_were() {
    let mut host = host();
    task(&mut host, "a");
    for (index, name) in
        ["e\u{301}", "\u{5e9}\u{5dc}\u{5d5}\u{5dd}", "\u{1f468}\u{200d}\u{1f469}", "漢字", "a \"quoted\"", "../../etc"]
            .into_iter()
            .enumerate()
    {
        let content = format!("{name}\r\n\t{name}");
        let write = json!({"action": "write", "task_id": "a", "name": name, "content": content});
        assert_eq!(done(&mut host, "artifacts", write)["version"], 1, "{index}");
        let read = done(&mut host, "artifacts", json!({"task_id": "a", "name": name}));
        assert_eq!((read["name"].as_str(), read["content"].as_str()), (Some(name), Some(content.as_str())));
    }
}

#[test]
fn the_list_is_paged_newest_first() {
    let mut host = host();
    task(&mut host, "a");
    for index in 0..45 {
        let write = json!({"action": "write", "task_id": "a", "name": format!("n{index}"), "content": "c"});
        done(&mut host, "artifacts", write);
    }
    let (mut names, mut cursor) = (Vec::new(), json!(null));
    loop {
        host.fresh_instance();
        let mut arguments = json!({"action": "list", "task_id": "a"});
        if !cursor.is_null() {
            arguments["cursor"] = cursor.clone();
        }
        let page = done(&mut host, "artifacts", arguments);
        names.extend(crate::testing::each(&page["artifacts"], "name"));
        let Some(next) = page.get("cursor") else { break };
        assert!(page["next"].as_str().expect("text").contains(next.as_str().expect("text")));
        cursor = next.clone();
    }
    assert_eq!((names.len(), names[0].as_str(), names[44].as_str()), (45, "n44", "n0"));
    let failure = refused(&mut host, "artifacts", json!({"action": "list", "task_id": "a", "cursor": "x"}));
    assert!(failure.to_string().starts_with("/cursor: is not a cursor"), "{failure}");
}

#[test]
fn what_an_action_needs_is_told_at_once() {
    let mut host = host();
    task(&mut host, "a");
    let said = refused(&mut host, "artifacts", json!({"action": "write"})).to_string();
    for missing in ["task_id is missing", "name is missing", "content is missing"] {
        assert!(said.contains(missing), "{said}");
    }
    for (arguments, problem) in [
        (json!({}), "artifact_id (or task_id) is missing; action read needs it"),
        (json!({"action": "append"}), "artifact_id is missing"),
        (json!({"action": "list"}), "task_id is missing"),
        (json!({"action": "reed"}), "did you mean `read`?"),
        (json!({"artifact_id": "a b"}), "/artifact_id: is no artifact's id"),
        (json!({"artifact_id": "a", "length": 0}), "/length: is 0; 1 to 100000"),
        (json!({"artifact_id": "a", "length": 100_001}), "/length: is 100001; 1 to 100000"),
        (json!({"artifact_id": "a", "offset": -1}), "/offset: is -1"),
        (json!({"action": "write", "task_id": "a", "name": "n\nm", "content": "c"}), "/name: contains a control"),
        (json!({"action": "write", "task_id": "a", "name": "n", "content": "\u{1}"}), "/content: contains a control"),
        (
            json!({"action": "write", "task_id": "a", "name": "n", "content": "c", "media_type": "x"}),
            "/media_type: is no",
        ),
    ] {
        let failure = refused(&mut host, "artifacts", arguments);
        assert!(failure.to_string().contains(problem), "{failure}");
    }
    let long = json!({"action": "write", "task_id": "a", "name": "n", "content": "x".repeat(4 * 1024 * 1024 + 1)});
    let failure = refused(&mut host, "artifacts", long).to_string();
    assert!(failure.contains("at most 4194304 are allowed in one call: write the beginning, then append"), "{failure}");
    assert_eq!(rows(&host, "artifact"), 0);
}

#[test]
fn an_unknown_artifact_brings_up_the_nearest() {
    let mut host = host();
    task(&mut host, "a");
    let id = complete(&mut host, "a")["artifact_id"].as_str().expect("an id").to_owned();
    let wrong = format!("{}x", &id[..id.len() - 1]);
    let failure = refused(&mut host, "artifacts", json!({"artifact_id": wrong}));
    assert_eq!(failure.code(), "unknown-artifact");
    assert!(hint(&failure).contains(&format!("Did you mean `{id}`?")), "{failure:?}");
    let failure = refused(&mut host, "artifacts", json!({"task_id": "a", "name": "none"}));
    assert_eq!(failure.code(), "unknown-artifact");
    let failure = refused(&mut host, "artifacts", json!({"artifact_id": &id, "offset": 1000}));
    assert!(failure.to_string().starts_with("/offset: is 1000"), "{failure}");
}

#[test]
fn artifacts_of_other_workspaces_are_unknown() {
    let mut host = host();
    task(&mut host, "a");
    let id = complete(&mut host, "a")["artifact_id"].clone();
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    assert_eq!(refused(&mut host, "artifacts", json!({"artifact_id": id})).code(), "unknown-artifact");
    assert_eq!(refused(&mut host, "artifacts", json!({"action": "list", "task_id": "a"})).code(), "unknown-task");
}

#[test]
fn to_add_to_an_artifact_reads_none_of_it() {
    let mut host = Recorder::new();
    host.done("plan_task", json!({"task_id": "a", "title": "t", "description": "d"}));
    let write = json!({"action": "write", "task_id": "a", "name": "n", "content": "x".repeat(200_000)});
    let id = host.done("artifacts", write)["artifact_id"].clone();
    host.done("artifacts", json!({"action": "append", "artifact_id": id, "content": "y".repeat(200_000)}));
    let mut looked = 0;
    for (sql, _) in host.plans() {
        if sql.contains("artifact_chunk") && sql.starts_with("SELECT") {
            assert!(sql.contains("octet_length(c.content)"), "{sql}");
            looked += 1;
        }
    }
    assert_eq!(looked, 1);
}

#[test]
fn the_end_can_be_read_and_is_empty() {
    let mut host = host();
    task(&mut host, "a");
    let write = json!({"action": "write", "task_id": "a", "name": "n", "content": "漢字"});
    let id = done(&mut host, "artifacts", write)["artifact_id"].clone();
    let end = done(&mut host, "artifacts", json!({"artifact_id": id, "offset": 6}));
    assert_eq!((&end["content"], &end["offset"], end.get("next_offset")), (&json!(""), &json!(6), None));
}

#[test]
fn a_line_break_alone_can_be_added() {
    let mut host = host();
    task(&mut host, "a");
    let write = json!({"action": "write", "task_id": "a", "name": "n", "content": "a"});
    let id = done(&mut host, "artifacts", write)["artifact_id"].clone();
    done(&mut host, "artifacts", json!({"action": "append", "artifact_id": id, "content": "\n"}));
    let empty = refused(&mut host, "artifacts", json!({"action": "append", "artifact_id": id, "content": ""}));
    assert!(empty.to_string().starts_with("/content: is empty"), "{empty}");
}

#[test]
fn the_most_that_is_allowed_is_taken_and_one_more_is_not() {
    let mut host = host();
    task(&mut host, "a");
    let most = 4 * 1024 * 1024;
    let write = |bytes: usize, name: usize, media_type: usize| {
        json!({"action": "write", "task_id": "a", "name": "é".repeat(name), "content": "x".repeat(bytes),
            "media_type": format!("text/{}", "x".repeat(media_type - 5))})
    };
    let id = done(&mut host, "artifacts", write(most, 255, 127))["artifact_id"].clone();
    let append = |bytes: usize| json!({"action": "append", "artifact_id": id, "content": "x".repeat(bytes)});
    assert_eq!(done(&mut host, "artifacts", append(most))["total_bytes"], 2 * most);
    for length in [1, 100_000] {
        let part = done(&mut host, "artifacts", json!({"artifact_id": id, "length": length}));
        assert_eq!(part["next_offset"], length);
    }
    let longer = "has 4194305 bytes; at most 4194304 are allowed in one call: write the beginning, then append";
    for (arguments, field, said) in [
        (append(most + 1), "/content: ", longer),
        (write(most + 1, 1, 127), "/content: ", longer),
        (write(1, 256, 127), "/name: ", "has 256 characters; at most 255 are allowed"),
        (write(1, 1, 128), "/media_type: ", "is no media type of at most 127 bytes"),
        (json!({"artifact_id": id, "length": 100_001}), "/length: ", "is 100001; 1 to 100000 bytes are allowed"),
        (json!({"artifact_id": "x".repeat(65)}), "/artifact_id: ", "is no artifact's id or URI: 1 to 64 of"),
    ] {
        let said_now = refused(&mut host, "artifacts", arguments).to_string();
        assert!(said_now.starts_with(&format!("{field}{said}")), "{said_now}");
    }
}

#[test]
fn a_page_of_a_list_has_twenty_artifacts() {
    let mut host = host();
    task(&mut host, "a");
    for (index, has_more) in (0..21).map(|index| (index, index == 20)) {
        let write = json!({"action": "write", "task_id": "a", "name": format!("n{index}"), "content": "c"});
        done(&mut host, "artifacts", write);
        if index < 19 {
            continue;
        }
        let page = done(&mut host, "artifacts", json!({"action": "list", "task_id": "a"}));
        assert_eq!((page["artifacts"].as_array().map(Vec::len), page["cursor"].is_string()), (Some(20), has_more));
    }
}
