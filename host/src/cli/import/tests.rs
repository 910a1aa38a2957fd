use serde_json::json;

use super::batches::Batches;

#[test]
fn a_batch_is_bounded_and_no_group_is_torn() {
    let large = vec![json!({ "text": "x".repeat(300_000) }), json!({ "text": "y" })];
    let small = vec![json!({ "text": "z" })];
    let mut groups = vec![small.clone(); 700];
    groups.push(large);
    groups.push(small);
    let sizes: Vec<_> = Batches::new(&groups).map(|batch| batch.len()).collect();
    assert_eq!(sizes, [500, 200, 2, 1]);
}
