use super::cycle;

#[test]
fn what_waits_for_nothing_in_the_end_is_no_cycle() {
    assert_eq!(cycle(&[]), None);
    assert_eq!(cycle(&[vec![], vec![0], vec![0, 1]]), None);
    let chain: Vec<_> = (0..100_000_usize).map(|node| if node == 0 { vec![] } else { vec![node - 1] }).collect();
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
