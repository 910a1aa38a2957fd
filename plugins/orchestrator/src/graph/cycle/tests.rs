use super::cycle;

#[test]
fn tasks_in_order_have_no_cycle() {
    assert_eq!(cycle(&[vec![], vec![0], vec![0, 1], vec![2, 1]]), None);
    assert_eq!(cycle(&[vec![], vec![0], vec![0, 1]]), None);
    assert_eq!(cycle(&[]), None);
}

#[test]
fn a_cycle_is_spelled_out_from_where_it_begins() {
    assert_eq!(cycle(&[vec![1], vec![2], vec![1]]), Some(vec![1, 2, 1]));
    assert_eq!(cycle(&[vec![2], vec![0], vec![1]]), Some(vec![0, 2, 1, 0]));
}

#[test]
fn a_task_that_waits_for_itself_is_a_cycle() {
    assert_eq!(cycle(&[vec![], vec![1]]), Some(vec![1, 1]));
}

#[test]
fn a_long_chain_is_no_problem() {
    let chain: Vec<_> = (0..100_000).map(|i: usize| i.checked_sub(1).into_iter().collect()).collect();
    assert_eq!(cycle(&chain), None);
}

#[test]
fn a_cycle_is_found_behind_what_only_leads_to_it() {
    assert_eq!(cycle(&[vec![0]]), Some(vec![0, 0]));
    let found = cycle(&[vec![1], vec![2], vec![3, 4], vec![1], vec![]]).expect("there is one");
    assert_eq!(found.first(), found.last());
    assert_eq!(found.len(), 4);
    assert!(!found.contains(&0) && !found.contains(&4));
}
