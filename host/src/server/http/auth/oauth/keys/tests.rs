use std::time::{Duration, Instant};

use jsonwebtoken::Algorithm;
use mainstay_tests::Signer;

use super::{FRESH, Known, Next, PAUSE, STALE};
use crate::server::http::auth::oauth::head::Head;

fn head(name: &str) -> Head {
    Head { algorithm: Algorithm::EdDSA, key: Some(name.to_owned()) }
}

fn next(known: &Known, name: &str, now: Instant) -> String {
    match known.next(&head(name), now) {
        Next::Try(keys) => format!("try {}", keys.len()),
        Next::Ask => "ask".to_owned(),
        Next::Refuse(refusal) => refusal.word().to_owned(),
    }
}

#[test]
fn keys_are_good_for_a_while_and_longer_if_there_is_nobody_to_ask() {
    let (mut known, now) = (Known::default(), Instant::now());
    let second = Duration::from_secs(1);
    assert_eq!(next(&known, "a", now), "ask");
    known.asked = Some(now);
    assert_eq!(next(&known, "a", now + second), "temporarily_unavailable", "it has just not answered");
    assert_eq!(next(&known, "a", now + 5 * second), "ask");
    known.learn(&[Signer::ed("a").public()], now);
    assert_eq!(next(&known, "a", now + FRESH - second), "try 1");
    assert_eq!(next(&known, "a", now + FRESH), "ask");
    known.asked = Some(now + FRESH);
    assert_eq!(next(&known, "a", now + FRESH + second), "try 1", "it did not answer");
    assert_eq!(next(&known, "a", now + FRESH + PAUSE), "ask");
    known.asked = Some(now + STALE);
    assert_eq!(next(&known, "a", now + STALE), "temporarily_unavailable");
}

#[test]
fn a_key_that_is_not_known_is_asked_for_after_a_pause() {
    let (mut known, now) = (Known::default(), Instant::now());
    known.learn(&[Signer::ed("a").public()], now);
    assert_eq!(next(&known, "b", now + PAUSE / 2), "invalid_token");
    assert_eq!(next(&known, "a", now + PAUSE / 2), "try 1");
    assert_eq!(next(&known, "b", now + PAUSE), "ask");
    known.learn(&[Signer::ed("b").public()], now + PAUSE);
    assert_eq!(next(&known, "b", now + PAUSE), "try 1");
    assert_eq!(next(&known, "a", now + PAUSE), "invalid_token", "it was taken back");
}
