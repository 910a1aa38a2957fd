use proptest::prelude::{Strategy as _, any, prop, prop_oneof, proptest};
use rmcp::model::RequestId;

use super::{EventId, StreamId};

proptest! {
    #[test]
    fn an_id_says_what_it_was_made_of(
        incarnation in any::<u32>(),
        number in 1..u64::MAX,
        place in any::<u64>(),
        request in prop_oneof![
            any::<i64>().prop_map(RequestId::Number),
            "[ -~]{0,60}".prop_map(|id| RequestId::String(id.into())),
        ],
    ) {
        let id = EventId { stream: StreamId { incarnation, number, request: Some(request) }, place };
        assert_eq!(EventId::parse(&id.to_string()), Some(id));
        let common = StreamId::common(incarnation).at(place);
        assert_eq!(EventId::parse(&common.to_string()), Some(common));
    }

    #[test]
    fn anything_else_is_none(text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for said in [text.as_str(), &String::from_utf8_lossy(&bytes)] {
            assert!(EventId::parse(said).is_none_or(|id| id.to_string() == said));
        }
    }
}

#[test]
fn what_we_would_not_have_written_is_none() {
    let ours =
        EventId { stream: StreamId { incarnation: 1, number: 2, request: Some(RequestId::Number(5)) }, place: 3 };
    assert_eq!(ours.to_string(), "00000001-2-3-NQ");
    for said in [
        "",
        "0",
        "00000001",
        "00000001-2",
        "1-2-3",
        "00000001-02-3",
        "00000001-2-+3",
        "0000000A-2-3",
        "00000001-0-3-NQ",
        "00000001-2-3-",
        "00000001-2-3-NQ==",
        "00000001-2-3-NQ-",
        // A number that is none, and one that is written otherwise.
        "00000001-2-3-bnVsbA",
        "00000001-2-3-NS4w",
        "00000001-99999999999999999999-3",
        "00000001-2-3\r\ndata: x",
    ] {
        assert_eq!(EventId::parse(said), None, "{said:?}");
    }
    assert_eq!(EventId::parse(&"0".repeat(10_000)), None);
}

#[test]
fn the_id_of_a_request_that_is_too_long_is_not_said() {
    let request = Some(RequestId::String("x".repeat(1_000).into()));
    let id = EventId { stream: StreamId { incarnation: 1, number: 2, request }, place: 3 };
    assert_eq!(id.to_string(), "00000001-2-3");
}
