use super::{AccessToken, TokenHash, TokenShape};

fn token(secret: u8) -> AccessToken {
    AccessToken::new([1, 2, 3, 4, 5], &[secret; 32])
}

/// Whoever has one has it written down: it must be read for ever.
#[test]
fn a_token_looks_like_this() {
    let token = token(7);
    assert_eq!(token.reveal(), "mst_aebagbaf_a4dqobyha4dqobyha4dqobyha4dqobyha4dqobyha4dqobyha4dqdwu342");
    assert_eq!(token.id(), "aebagbaf");
    assert_eq!(token.reveal().len(), 71);
}

#[test]
fn what_was_made_is_read() {
    let made = token(200);
    let read = AccessToken::parse(made.reveal()).unwrap();
    assert_eq!((read.id(), read.hash()), (made.id(), made.hash()));
    assert_ne!(token(201).hash(), made.hash());
    assert_eq!(TokenHash::from_bytes(*made.hash().as_bytes()), made.hash());
}

#[test]
fn a_letter_that_is_wrong_anywhere_is_noticed() {
    let made = token(9).reveal().to_owned();
    for (at, letter) in made.char_indices().skip(4).filter(|(_, letter)| *letter != '_') {
        let mut wrong = made.clone();
        wrong.replace_range(at..=at, if letter == 'a' { "b" } else { "a" });
        assert_eq!(AccessToken::parse(&wrong).unwrap_err(), TokenShape::Checksum, "{wrong}");
    }
    // Two that changed places.
    let (one, other) = made.split_at(20);
    let swapped = format!("{one}{}{}{}", &other[1..2], &other[..1], &other[2..]);
    assert_eq!(AccessToken::parse(&swapped).unwrap_err(), TokenShape::Checksum);
}

#[test]
fn what_is_no_token_says_why() {
    let made = token(9).reveal().to_owned();
    for (text, why) in [
        (String::new(), TokenShape::Prefix),
        ("eyJhbGciOiJub25lIn0.e30.".to_owned(), TokenShape::Prefix),
        (made.to_uppercase(), TokenShape::Prefix),
        ("mst_".to_owned(), TokenShape::Letters),
        ("mst_aebagbaf".to_owned(), TokenShape::Letters),
        (made[..70].to_owned(), TokenShape::Letters),
        (format!("{made}a"), TokenShape::Letters),
        (format!("{made}\n"), TokenShape::Letters),
        (made.replace("aebagbaf", "AEBAGBAF"), TokenShape::Letters),
        (made.replace("aebagbaf", "aebagbä"), TokenShape::Letters),
        (made.replacen(&made[13..17], "\u{1F600}", 1), TokenShape::Letters),
    ] {
        assert_eq!(AccessToken::parse(&text).unwrap_err(), why, "{text}");
    }
}

#[test]
fn a_log_has_no_secret() {
    let token = token(9);
    let said = format!("{token:?}");
    assert!(said.contains(token.id()) && !said.contains(&token.reveal()[14..20]), "{said}");
}
