//! What was said of restarting a server elsewhere, 129 claims: each has a test that carries its number, or something
//! stronger took its place.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};

use crate::TestResult;
use crate::tidy::{Source, sources};

/// A document and the place of a claim in it.
type Number = (u32, u32);

/// How many claims each of the four documents makes: the specification, the user guide, the reference, the report of
/// the tests.
const CLAIMS: [(u32, u32); 4] = [(0, 38), (1, 38), (2, 20), (3, 33)];

/// What took the place of claims that are not met as they stand, in the order of their numbers.
pub(crate) const STRONGER: [(&str, &str); 17] = [
    ("0.3", "no client has to reconnect: its connection outlives every restart"),
    ("0.14", "there is no protocol to reconnect by: the connection is never broken, and calls queue meanwhile"),
    (
        "0.15",
        "the protocol is not extended: a restart is told in progress, log and changed lists, which clients know already",
    ),
    ("0.16", "no client library is needed: unchanged clients of every version of the protocol are served"),
    ("0.19", "no process is managed: a restart is a fresh instance in the process that has the connections"),
    (
        "0.29",
        "one process is one host; what was acknowledged is on disk, and another host takes over once it has ended",
    ),
    ("0.36", "nothing has to be installed: the host measures its own figures"),
    ("0.38", "a migration triggers nothing: it is part of the swap that needs it, and is undone with it"),
    ("1.3", "no client has to reconnect: its connection outlives every restart"),
    ("1.9", "the server is not shut down: its connections would go with it"),
    ("1.22", "no client has to do anything: it sees a call that took longer"),
    ("1.23", "no extension has to do anything: there is no connection that is lost"),
    ("1.32", "nothing has to be packed: snapshots are bounded in number and in bytes, and the oldest goes"),
    ("3.1", "components and lines are not counted: what each part does is tested through the program that is shipped"),
    ("3.31", "no share of it is claimed to be complete: each claim has its test, by its number, or a line here"),
    ("3.32", "what was missing is there: clients are real processes, failures are injected, and health is measured"),
    ("3.33", "what is sound is not said but tested: a restart under load, a kill at every step, a disk that is full"),
];

#[test]
fn every_claim_has_a_test_or_something_stronger() -> TestResult {
    let mut tests: BTreeMap<Number, Vec<String>> = BTreeMap::new();
    for source in sources(&["tests", "host/src", "plugins"])? {
        for (number, test) in carried(&source)? {
            tests.entry(number).or_default().push(test);
        }
    }
    let stronger = STRONGER.iter().map(|(number, _)| of(number, '.')).collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(stronger.is_sorted_by(|one, next| one < next), "each once, and in order: {stronger:?}");
    let stronger = BTreeSet::from_iter(stronger);
    let all = CLAIMS.iter().flat_map(|(document, claims)| (1..=*claims).map(move |claim| (*document, claim)));
    let all: BTreeSet<Number> = all.collect();
    let covered: BTreeSet<Number> = tests.keys().chain(&stronger).copied().collect();
    let missing: Vec<_> = all.difference(&covered).collect();
    ensure!(missing.is_empty(), "nothing is there for the claims {missing:?}");
    let unknown: Vec<_> = covered.difference(&all).collect();
    ensure!(unknown.is_empty(), "nobody made the claims {unknown:?}");
    let both: Vec<_> = tests.iter().filter(|(number, _)| stronger.contains(number)).collect();
    ensure!(both.is_empty(), "what has a test needs nothing in its place: {both:?}");
    Ok(())
}

#[test]
fn a_name_begins_with_its_numbers() -> TestResult {
    assert_eq!(numbers("0_2_it_goes_on")?, [(0, 2)]);
    assert_eq!(numbers("0_2_and_1_12_it_goes_on_and_on")?, [(0, 2), (1, 12)]);
    assert_eq!(numbers("3_4_ten_and_20_more")?, [(3, 4)]);
    ensure!(numbers("it_goes_on").is_err(), "it has none");
    Ok(())
}

/// The numbers in the names of a file's tests, each with the name.
fn carried(source: &Source) -> anyhow::Result<Vec<(Number, String)>> {
    let mut carried = Vec::new();
    let mut attributes = String::new();
    for line in source.text.lines().map(str::trim) {
        let name = line.trim_start_matches("async ").strip_prefix("fn claim_").and_then(|rest| rest.split('(').next());
        if let Some(name) = name {
            let runs = attributes.contains("test]") && !attributes.contains("#[ignore");
            ensure!(runs, "{}: claim_{name} is no test that runs", source.name);
            let numbers = numbers(name).with_context(|| format!("{}: claim_{name}", source.name))?;
            carried.extend(numbers.into_iter().map(|number| (number, name.to_owned())));
        }
        if line.starts_with("#[") { attributes.push_str(line) } else { attributes.clear() }
    }
    Ok(carried)
}

/// The numbers that a name begins with: `0_2_and_1_2_it_goes_on` is of 0.2 and 1.2.
fn numbers(name: &str) -> anyhow::Result<Vec<Number>> {
    let mut numbers = Vec::new();
    for part in name.split("_and_") {
        let mut words = part.splitn(3, '_');
        let both = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match of(&format!("{}_{}", both.0, both.1), '_') {
            Ok(number) => numbers.push(number),
            Err(_) if !numbers.is_empty() => break,
            Err(error) => return Err(error),
        }
        // What follows is the sentence.
        if words.next().is_some() {
            break;
        }
    }
    Ok(numbers)
}

fn of(number: &str, between: char) -> anyhow::Result<Number> {
    let (document, claim) = number.split_once(between).with_context(|| format!("{number} is no number of a claim"))?;
    Ok((document.parse()?, claim.parse()?))
}
