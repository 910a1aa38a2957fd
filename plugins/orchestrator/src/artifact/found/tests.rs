use serde_json::json;

use super::Artifact;
use crate::testing::{Host, done, host, refused, task};

/// An artifact of `parts`, one call each.
fn written(host: &mut Host, parts: &[&str]) -> String {
    task(host, "a");
    let first = json!({"action": "write", "task_id": "a", "name": "n", "content": parts[0]});
    let id = done(host, "artifacts", first)["artifact_id"].as_str().expect("an id").to_owned();
    for part in &parts[1..] {
        done(host, "artifacts", json!({"action": "append", "artifact_id": &id, "content": part}));
    }
    id
}

fn parts(host: &mut Host, id: &str, length: u64) -> Vec<String> {
    host.read(|_, cx| {
        let artifact = Artifact::find(cx, 1, id)?.expect("it is there");
        let (mut parts, mut at) = (Vec::new(), 0);
        while at < artifact.total() {
            let part = artifact.part(cx, at, length)?;
            assert_eq!(part.begins_at, at);
            at = part.ends_at;
            parts.push(part.text);
        }
        Ok::<_, mainstay_plugin::Failure>(parts)
    })
    .expect("parts")
}

#[test]
fn any_part_is_read_without_splitting_a_character() {
    let mut host = host();
    let text = "aä漢\u{1f600}e\u{301}\u{5e9}\n".repeat(12_000);
    let id = written(&mut host, &[&text, "ö", &text]);
    let whole = format!("{text}ö{text}");
    for length in [60_000, 100_000, 1 << 30] {
        assert_eq!(parts(&mut host, &id, length).concat(), whole, "{length}");
    }
}

#[test]
fn a_part_that_is_shorter_than_its_first_character_has_that_one() {
    let mut host = host();
    let id = written(&mut host, &["a\u{1f600}漢"]);
    assert_eq!(parts(&mut host, &id, 1), ["a", "\u{1f600}", "漢"]);
    let inside = done(&mut host, "artifacts", json!({"artifact_id": id, "offset": 3, "length": 4}));
    assert_eq!((&inside["offset"], &inside["content"]), (&json!(1), &json!("\u{1f600}")));
}

#[test]
fn what_was_stored_before_there_were_pieces_is_read_as_well() {
    let mut host = host();
    let id = written(&mut host, &["x"]);
    let text = "ä".repeat(200_000);
    let old = "UPDATE artifact SET content = ?1, bytes = NULL, edition = NULL, chunks = 0";
    host.host().connection().execute(old, [&text]).expect("as schema 1 has it");
    assert_eq!(parts(&mut host, &id, 90_000).concat(), text);
    done(&mut host, "artifacts", json!({"action": "append", "artifact_id": &id, "content": "end"}));
    assert_eq!(parts(&mut host, &id, 90_001).concat(), format!("{text}end"));
}

#[test]
fn a_missing_piece_is_told_with_its_place_and_what_is_before_it_is_read() {
    let mut host = host();
    let id = written(&mut host, &[&"x".repeat(300_000)]);
    host.host().connection().execute("DELETE FROM artifact_chunk WHERE position = 2", []).expect("gone");
    let at = |offset: u64, length: u64| json!({"artifact_id": &id, "offset": offset, "length": length});
    assert_eq!(done(&mut host, "artifacts", at(0, 100_000))["next_offset"], 100_000);
    for (offset, length) in [(100_000, 100_000), (131_072, 1), (140_000, 10), (196_607, 2)] {
        let failure = refused(&mut host, "artifacts", at(offset, length));
        assert_eq!(failure.code(), "damaged-artifact", "{offset}");
        assert!(failure.to_string().contains("a piece is missing at 1"), "{failure}");
    }
    assert_eq!(done(&mut host, "artifacts", at(196_608, 10))["content"], "xxxxxxxxxx");
    host.host().connection().execute("DELETE FROM artifact_chunk WHERE position = 4", []).expect("the end is gone");
    assert_eq!(refused(&mut host, "artifacts", at(262_144, 10)).code(), "damaged-artifact");
}
