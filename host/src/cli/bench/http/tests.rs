use std::collections::HashSet;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::Http;
use super::soak::Plan;
use super::trend::{Grown, Sample};
use super::wire::Reply;

/// What fits best through looks with so much memory in KiB and so many files, each after 3,000 calls more.
fn grown(of: impl Fn(u64) -> (u64, u64)) -> Grown {
    let look = |round: u64| {
        let (resident_kib, open_files) = of(round);
        Sample { calls: round * 3_000, resident_kib, open_files }
    };
    let looks: Vec<_> = (1..=120).map(look).collect();
    Grown::of(&looks).expect("they are enough")
}

fn reply(kind: &'static str, body: &'static str) -> Reply {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
    Reply { status: StatusCode::OK, headers, body: body.into() }
}

#[test]
fn what_goes_up_and_down_does_not_grow() {
    let grown = grown(|round| (200_000 + round % 7 * 1_000, 40 + round % 3));
    assert!(!grown.is_growth(), "{grown:?}");
}

#[test]
fn what_grew_at_first_and_no_more_does_not_grow() {
    let grown = grown(|round| (round.min(50) * 10_000, round.min(50)));
    assert!(!grown.is_growth(), "{grown:?}");
}

#[test]
fn what_keeps_a_piece_of_every_call_grows() {
    // 36 bytes a call, on top of some noise.
    let grown = grown(|round| (200_000 + round % 5 * 100 + round * 3_000 * 36 / 1_024, 40));
    assert!(grown.is_growth(), "{grown:?}");
}

#[test]
fn what_keeps_a_file_of_every_tenth_swap_grows() {
    let grown = grown(|round| (200_000, 40 + round / 10));
    assert!(grown.is_growth(), "{grown:?}");
}

#[test]
fn what_shrinks_does_not_grow() {
    let grown = grown(|round| (900_000 - round * 1_000, 400 - round));
    assert!(!grown.is_growth() && grown.bytes < 0.0, "{grown:?}");
}

#[test]
fn a_few_looks_tell_nothing() {
    let look = |round| Sample { calls: round, resident_kib: round * 1_000_000, open_files: round };
    assert_eq!(Grown::of(&(1..=39).map(look).collect::<Vec<_>>()), None);
    assert_eq!(Grown::of(&[]), None);
}

#[test]
fn an_hour_is_an_hour_of_calls_with_a_swap_every_three_thousand() {
    let Plan { rounds, calls, guests } = Plan::of(360_000);
    assert_eq!((rounds, guests), (120, 30));
    assert!((360_000..370_000).contains(&(rounds * (calls * 16 + guests))));
    let short = Plan::of(100);
    assert!(short.rounds == 4 && short.calls > 0 && short.guests > 0, "{short:?}");
}

#[test]
fn an_answer_is_found_in_json_and_among_events() {
    let json = reply("application/json", r#"{"jsonrpc":"2.0","id":7,"result":{"a":1}}"#);
    let events = "data: \nid: x-0\nretry: 1000\n\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\n\
        data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"a\":1}}\nid: x-1\n\n";
    for reply in [json, reply("text/event-stream", events)] {
        assert_eq!(reply.result(7).expect("there is one")["a"], 1);
        let problem = reply.result(8).expect_err("it is another's");
        assert!(problem.to_string().contains("instead of 8"), "{problem}");
    }
}

#[test]
fn no_answer_and_two_answers_and_an_error_are_failures() {
    let twice = "data: {\"id\":1,\"result\":{}}\n\ndata: {\"id\":1,\"result\":{}}\n\n";
    let failures = [
        (reply("text/event-stream", "data: \n\n"), "0 answers"),
        (reply("text/event-stream", twice), "2 answers"),
        (reply("application/json", r#"{"id":1,"error":{"code":-32000,"message":"busy"}}"#), "busy"),
        (reply("application/json", "nonsense"), "no message"),
    ];
    for (reply, said) in failures {
        let problem = format!("{:#}", reply.result(1).expect_err(said));
        assert!(problem.contains(said), "{problem}");
    }
}

#[test]
fn a_short_run_has_fewer_clients() {
    let run = |clients: &[u32], quick| Http {
        clients: clients.to_vec(),
        calls: None,
        swaps: None,
        soak: None,
        quick,
        json: false,
        native: false,
    };
    let [short, long] = [true, false].map(|quick| run(&[], quick).clients().into_iter().collect::<HashSet<_>>());
    assert!(short.is_subset(&long) && short.len() < long.len());
    assert_eq!(run(&[3], true).clients(), [3]);
}
