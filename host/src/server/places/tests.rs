//! Places are taken, named and given back.

use super::{CallState, Places};
use crate::model::SlotName;

#[test]
fn a_place_is_taken_until_it_is_dropped() {
    let places = Places::new();
    let first = places.admit("one", 2).unwrap();
    let second = places.admit("two", 2).unwrap();
    assert!(places.admit("three", 2).is_none(), "there are two places");
    second.in_slot(&SlotName::orchestrator());
    let mark = second.mark();
    mark.set(CallState::Waiting);
    let running = places.running();
    assert_eq!(running.iter().map(|call| &*call.tool).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!((&running[0].slot, &running[1].slot), (&None, &Some(SlotName::orchestrator())));
    assert_eq!((running[0].state, running[1].state), (CallState::Queued, CallState::Waiting));
    assert!(places.ended().is_none());
    drop((first, second));
    assert!(places.ended().is_some());
    mark.set(CallState::Running);
    assert!(places.running().is_empty(), "a mark keeps no place");
    assert!(places.admit("four", 2).is_some());
}

#[tokio::test]
async fn idle_is_when_the_last_place_is_free() {
    let places = Places::new();
    places.idle().await;
    let place = places.admit("any", 1).unwrap();
    let idle = tokio::spawn({
        let places = std::sync::Arc::clone(&places);
        async move { places.idle().await }
    });
    tokio::task::yield_now().await;
    assert!(!idle.is_finished());
    drop(place);
    idle.await.unwrap();
}
