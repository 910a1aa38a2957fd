use super::{PIECE, cut, first};

#[test]
fn pieces_are_cut_between_characters() {
    for text in ["", "a", &"漢".repeat(PIECE), &"x".repeat(PIECE), &"x".repeat(PIECE + 1), &"\u{1f600}".repeat(PIECE)]
    {
        let pieces: Vec<_> = cut(text).collect();
        assert_eq!(pieces.concat(), text);
        assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= PIECE));
        assert!(pieces.iter().rev().skip(1).all(|piece| piece.len() > PIECE - 4));
    }
}

#[test]
fn the_first_piece_and_the_rest_are_all_of_it() {
    let text = "ä".repeat(PIECE);
    let (piece, rest) = first(&text);
    assert_eq!((piece.len(), rest.len()), (PIECE, PIECE));
}
