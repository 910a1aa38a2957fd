//! A client's bytes, cut into lines of bounded length wherever they are cut on the way, and wherever one reader stops and
//! another goes on.
//!
//! The first three bytes say how long a line may be, how many bytes come at once, and how many another reader had left.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mainstay::server::fuzz::{Lines, Step, scanned};

fuzz_target!(|bytes: &[u8]| {
    let [longest, piece, left, bytes @ ..] = bytes else { return };
    let (longest, piece) = (usize::from(*longest), 1 + usize::from(*piece));
    let (first, rest) = bytes.split_at(bytes.len().min(usize::from(*left)));
    let mut lines = Lines::new(first.to_vec(), rest.to_vec(), piece, longest);
    let mut read = Vec::new();
    loop {
        let step = lines.step().expect("such bytes do not fail");
        assert!(lines.held() <= longest, "{} bytes are held, {longest} may be", lines.held());
        match step {
            Step::End => break,
            Step::GivenUp => {}
            step => read.push(step),
        }
    }
    let (whole, rest) = split(bytes);
    let expected: Vec<_> = whole.into_iter().map(|line| expected(line, longest)).collect();
    assert_eq!(read, expected, "at most {longest} bytes, {piece} at once");
    let rest = if rest.len() <= longest { rest } else { &[] };
    assert_eq!(lines.left(), rest, "what is no line yet is left to whoever goes on");
});

/// The lines with their ends, and what comes after the last.
fn split(bytes: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let rest = lines.pop_if(|last| last.last() != Some(&b'\n')).unwrap_or_default();
    (lines, rest)
}

fn expected(line: &[u8], longest: usize) -> Step {
    if line.len() <= longest {
        return Step::Line(line.trim_ascii().to_vec());
    }
    Step::Skipped(scanned(line, line.len()))
}
